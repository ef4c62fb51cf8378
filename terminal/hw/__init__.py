"""Devices: engines (bytes to events, effects to bytes) and the few files that touch ports. Read `engine.py` first."""
