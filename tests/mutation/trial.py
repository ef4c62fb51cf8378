"""One mutant before the tests, in a child of its own.

The parent has imported pytest and everything third-party, and nothing of ours. The child is a fork of it, so it begins at
once; it imports the program with the mutant in the place of one module, and runs the tests until the first that fails.
"""

import enum
import importlib
import os
import resource
import select
import signal
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import NamedTuple

import pytest

from tests.mutation.mutants import Mutant

TIMEOUT_S = 600
"""A mutant may wait for ever: then it is killed, in both senses."""
CPU_MAX_S = 90
"""Or run for ever."""
MEMORY_MAX = 2 << 30
"""Or never stop growing."""

QUIET = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)


class Suite(NamedTuple):
    """The tests that must notice a mutant, the quickest first."""

    tests: tuple[str, ...]
    """Files and options for pytest."""
    first_look: str = ""
    """`module:function` to call before pytest is even begun: what raises there is killed ten times as fast."""


class Verdict(enum.Enum):
    """What the tests say of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"


class _Changed(SourceFileLoader):
    """Loads one module from changed code instead of from its file."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(mutant.source.name, str(mutant.source.path))
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        return self._mutant.compiled()


class _Finder(MetaPathFinder):
    """Offers the mutant when its module is imported."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._mutant.source.name:
            return None
        return spec_from_file_location(fullname, self._mutant.source.path, loader=_Changed(self._mutant))


def try_out(mutant: Mutant | None, suite: Suite, timeout_s: float = TIMEOUT_S) -> Verdict:
    """Run these tests on a mutant, or on the program as it is."""
    assert mutant is None or mutant.source.name not in sys.modules, "it would not be loaded again"
    child = os.fork()
    if child == 0:
        _live(mutant, suite)
    watch = os.pidfd_open(child)
    try:
        ended, _, _ = select.select([watch], [], [], timeout_s)
        if not ended:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(watch)
        _, status = os.waitpid(child, 0)
    return Verdict.SURVIVED if ended and status == 0 else Verdict.KILLED


def _live(mutant: Mutant | None, suite: Suite) -> None:
    """The child's whole life."""
    status = 1
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_MAX_S, CPU_MAX_S))
        if mutant is not None:
            sys.meta_path.insert(0, _Finder(mutant))
        if suite.first_look:
            module, _, function = suite.first_look.partition(":")
            getattr(importlib.import_module(module), function)()
        status = int(pytest.main([*QUIET, *suite.tests]))
    finally:
        os._exit(status)
