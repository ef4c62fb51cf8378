"""The kill test in its short form; `python -m tests.killing --kills 200` is the long one."""

import signal
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
        # one that was started a moment ago may not have come to its own handler yet: dying then loses nothing either
        assert killing.stop() in (0, -signal.SIGTERM)
    finally:
        killing.close()
    print(killing.summary)
    assert killing.summary.kills >= KILLS
