"""Tariffs of kind "schedule": by time of day, kind of day and vehicle, with units, caps, concessions and versions."""
