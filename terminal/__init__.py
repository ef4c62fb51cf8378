"""The fee terminal: takes a code, says what is owed and why, takes cash, and loses nothing when the power goes."""

__version__ = "0.1.0"
