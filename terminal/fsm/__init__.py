"""The core: pure tables and functions. Read `table.py` first."""
