"""From fork to READY=1: a new terminal, and one with a journal of a million events.

Real processes, told to systemd's socket as in service: `python -m terminal run`, with drawer, pins and page configured and no
device there (they are waited for, as after a power cut). Each is killed once it is ready, so the next start finds what a
power cut leaves. The long journal ends as a terminal leaves it at worst: its last snapshot as far back as one may be. The
limit of a start is that of the interpreter itself.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sim.broker import free_port
from sim.rig import read_ticket_key, write_configuration
from terminal.store.journal import FILE, Journal
from tests.bench.measure import Finding, Say, alternate
from tests.bench.visits import EVENTS_A_VISIT, Diary

EVENTS = 1_000_000
BATCH = 5_000
ROUNDS = 12
PATIENCE_S = 30.0
DATA = "data"
"""The folder of the journal in that of the configuration."""
APART_AIM = 1.3
START_AIM_MS = 400


class Starter:
    """Starts a terminal of the configuration in `folder`, and kills it when it is ready."""

    def __init__(self, folder: Path) -> None:
        read_ticket_key(folder)
        self.data = folder / DATA
        self._config = write_configuration(folder, free_port(), None)
        self._log = folder / "terminal.log"
        self._notify = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._notify))
        self._socket.settimeout(PATIENCE_S)

    def ready_ms(self) -> float:
        """How long it took. Raises `TimeoutError` when it does not come up; its log is beside the configuration."""
        command = [sys.executable, "-m", "terminal", "run", "-c", str(self._config)]
        environment = os.environ | {"NOTIFY_SOCKET": str(self._notify)}
        with self._log.open("ab") as log:
            began = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            while b"READY=1" not in self._socket.recv(4096):
                pass
            return (time.perf_counter() - began) * 1000
        finally:
            process.kill()
            process.wait()
            self._forget_rest()

    def ready_anew_ms(self) -> float:
        """The same without any journal."""
        shutil.rmtree(self.data, ignore_errors=True)
        return self.ready_ms()

    def _forget_rest(self) -> None:
        """Nothing that a dead process said is taken for the next one's."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(4096):
                pass
        except BlockingIOError:
            self._socket.settimeout(PATIENCE_S)


def interpreter_ms() -> float:
    """How long Python takes to do nothing."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (time.perf_counter() - began) * 1000


def fill(journal: Journal, diary: Diary, until_seq: int, say: Say) -> None:
    """Visits until there are so many events."""
    while journal.seq < until_seq:
        journal.begin()
        for _ in range(0, min(BATCH, until_seq - journal.seq), EVENTS_A_VISIT):
            diary.visit()
            for record in diary.records:
                journal.append(record)
            diary.records.clear()
            diary.worlds.clear()
        journal.commit(diary.world)
        say(f"{journal.seq:,} of {EVENTS:,} events")


def make_long_journal(data: Path, say: Say) -> None:
    """A million events."""
    journal, diary = Journal.open(data / FILE), Diary()
    diary.boot()
    fill(journal, diary, EVENTS, say)
    journal.checkpoint()
    journal.close()


def bench(folder: Path, say: Say) -> list[Finding]:
    """Two findings: a new terminal, and how much longer an old one takes."""
    for name in ("new", "old"):
        (folder / name).mkdir()
    new, old = Starter(folder / "new"), Starter(folder / "old")
    make_long_journal(old.data, say)
    contestants: dict[str, Callable[[], float]] = {
        "new": new.ready_anew_ms, "old": old.ready_ms, "python": interpreter_ms
    }  # fmt: skip
    figures = alternate(ROUNDS, say, contestants)
    return [
        Finding(
            "start to READY, no journal", "ms", figures["new"], figures["python"], "python -c pass",
            f"<= {START_AIM_MS} ms", figures["new"] <= START_AIM_MS,
        ),
        Finding(
            f"start to READY, {EVENTS:,} events", "ms", figures["old"], figures["new"], "the start without a journal",
            f"ratio <= {APART_AIM:g}", figures["old"] <= APART_AIM * figures["new"],
        ),
    ]  # fmt: skip
