"""Room on the disk is asked for before money is taken."""

import resource
from pathlib import Path

import pytest

from terminal.store import room as room_module
from terminal.store.room import RESERVE_BYTES, room


def test_there_is_room_and_the_probe_leaves_nothing(tmp_path: Path) -> None:
    """A disk with room says so, with and without a probe."""
    assert room(tmp_path) == "ok"
    assert room(tmp_path, probe=True) == "ok"
    assert list(tmp_path.iterdir()) == []


def test_a_disk_below_its_reserve_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a reserve larger than any disk, any disk is full."""
    assert RESERVE_BYTES == 16 * 1024 * 1024
    monkeypatch.setattr(room_module, "RESERVE_BYTES", 1 << 80)
    assert room(tmp_path) == "full"


def test_the_probe_finds_what_free_space_does_not_tell(tmp_path: Path) -> None:
    """A limit on what may be written, like a quota, shows only when something is written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        found = room(tmp_path, probe=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert found == "full"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_takes_no_files_is_read_only(tmp_path: Path) -> None:
    """Whatever the reason: no folder there, or one that takes no files (the kernel's own)."""
    assert room(tmp_path / "gone") == "read_only"
    assert room(Path("/proc/self"), probe=True) in ("read_only", "full")
