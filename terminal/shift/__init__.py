"""Shifts at a staffed window: counting, what a drawer should hold, what needs a second person. Pure."""
