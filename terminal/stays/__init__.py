"""Stays as others tell of them: plates, signed reports, the facts that a price needs, and the search by part of a plate. Pure."""
