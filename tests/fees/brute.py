"""The brute-force pricer that the engine is compared with: it stands in `sim/pricer.py`, for the virtual world asks it too."""

from sim.pricer import due

__all__ = ["due"]
