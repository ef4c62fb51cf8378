"""The three kinds of data that the core speaks in: facts that it hears, things that it has done, entries that it books."""

import msgspec


class Fact(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """Base of all events."""


class Doing(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """Base of all effects."""


class Posting(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """Base of all entries."""
