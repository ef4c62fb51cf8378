"""A real terminal on a real small disk that fills up, and on one that refuses writes: it stops selling first, and comes back.

The disk is a tmpfs in a mount namespace of the terminal's own, made with unshare(1), and reached from here through /proc.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal.store.audit import Audit, audit
from terminal.store.room import RESERVE_BYTES
from tests.kiosk import CONFIGURATION, KEY

DISK_MB = 40


class Terminal:
    """`fee-terminal run` on a disk of its own."""

    def __init__(self, folder: Path) -> None:
        self.disk = folder / "disk"
        self.disk.mkdir()
        (folder / "ticket.key").write_bytes(KEY)
        (folder / "k.toml").write_text(CONFIGURATION.replace('data_dir = "data"', 'data_dir = "disk"'))
        self._log = folder / "log"
        with self._log.open("wb") as log:  # written by another process, which `limit_files` does not touch
            self.scribe = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=log)
        assert self.scribe.stdin is not None
        with self.scribe.stdin as pen:
            self.process = subprocess.Popen(self._command(folder), stderr=pen)

    def _command(self, folder: Path) -> list[str | Path]:
        return [
            *("unshare", "--mount", "--map-root-user", "sh", "-c"),
            'mount -t tmpfs -o size="$1"m none "$2" && shift 2 && exec "$@"',
            *("sh", str(DISK_MB), self.disk, sys.executable, "-m", "terminal", "run", "-c", folder / "k.toml"),
        ]

    @property
    def there(self) -> Path:
        """The disk as the terminal sees it."""
        return Path(f"/proc/{self.process.pid}/root") / self.disk.relative_to("/")

    def audit(self) -> Audit:
        """What the books say now; copied out first, because SQLite resolves the way through /proc to our own disk."""
        copy = Path(shutil.copytree(self.there, self._log.parent / "copy", dirs_exist_ok=True))
        return audit(copy / "journal.db")

    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    def limit_files(self, size: str) -> None:
        """Let no file of the terminal grow beyond `size` bytes (or `unlimited`): from there on its disk is full."""
        subprocess.run(["prlimit", "--pid", str(self.process.pid), f"--fsize={size}:"], check=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal that is ready."""
    made = Terminal(tmp_path)
    wait_for(made, "receipts can be printed")
    yield made
    made.process.send_signal(signal.SIGTERM)
    assert made.process.wait(10) == 0
    made.scribe.wait()


def wait_for(terminal: Terminal, text: str, times: int = 1) -> None:
    """Until the log says it so often."""
    wait_until(terminal, lambda: terminal.log().count(text) >= times)


def wait_until(terminal: Terminal, reached: Callable[[], bool]) -> None:
    """Poll until that holds; a terminal that ends, or 20 seconds, are a failure."""
    give_up_at = time.monotonic() + 20
    while not reached():
        assert terminal.process.poll() is None and time.monotonic() < give_up_at, terminal.log()
        time.sleep(0.05)


def test_a_disk_that_fills_up_stops_sales_before_it_is_full(terminal: Terminal) -> None:
    """Below the reserve it says so in the journal, which still takes it; with room again it is well by itself."""
    ballast = terminal.there / "ballast"
    ballast.write_bytes(bytes(DISK_MB * 2**20 - RESERVE_BYTES))
    wait_for(terminal, "DeviceChanged(device='disk', problems=('full',))")
    ballast.unlink()
    wait_for(terminal, "DeviceChanged(device='disk', problems=())")
    found = terminal.audit()
    assert found.ok


def test_a_disk_that_takes_no_more_byte_ends_the_life_and_begins_a_new_one(terminal: Terminal) -> None:
    """Writes fail in mid-life: nothing is sold, it says why, no process dies, and a new life begins when writes work."""
    terminal.limit_files("1024")
    (terminal.there / "ballast").write_bytes(bytes(DISK_MB * 2**20 - RESERVE_BYTES))
    wait_for(terminal, "the journal can not be written, nothing is sold")
    (terminal.there / "ballast").unlink()
    terminal.limit_files("unlimited")
    wait_for(terminal, "Started", times=2)
    found = terminal.audit()
    assert found.chain_ok
    assert found.books_ok
