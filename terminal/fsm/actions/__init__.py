"""What a turn can do: one small function for each name in the tables.

An action changes the world of the turn, asks for effects and writes book entries. One file for each thing that is acted on.
"""
