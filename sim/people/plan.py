"""What a person is: a plan, that is a generator which acts on the world and yields for how many milliseconds it waits."""

from collections.abc import Iterator

Plan = Iterator[int]
