"""The kill test in its short form; `python -m tests.killing --kills 200` is the long one."""

import time
from pathlib import Path

import pytest

from tests.killing import Killing

KILLS = 20


@pytest.mark.timeout(240)
def test_books_equal_the_truth_after_every_kill(tmp_path: Path) -> None:
    """Killed at random, alone or with the devices, also while it starts: no note is lost, none is counted twice."""
    seed = int(time.time())
    killing = Killing(tmp_path, seed)
    try:
        for wrong in killing.rounds(KILLS):
            assert not wrong, f"after {killing.summary.kills} kills (python -m tests.killing --seed {seed}): {wrong}"
        assert killing.stop() == 0
    finally:
        killing.close()
    print(killing.summary)
    assert killing.summary.kills >= KILLS
