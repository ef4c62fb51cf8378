"""The kill test: a real terminal at a real rig, killed at random moments while people pay, and again while it recovers.

    python -m tests.killing --kills 200 [--seed 1]

A payer does whatever comes to mind through the rig's control socket: scans tickets, puts notes in, pulls them back, cancels,
lets the paper run out. A timer kills the terminal (SIGKILL) wherever it is at that moment; sometimes the devices lose their
power with it, sometimes it is killed again within the first second of its next life. After each such round the payer steps
back, the terminal comes to rest, and the books are compared with what is physically there. The seed fixes what is done and
when; what the machine is doing at that moment differs from run to run.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from sim.broker import free_port
from sim.control import Control, RigError
from sim.running import Observer, RigProcess, TerminalProcess, at_rest
from sim.verbs import (
    Insert,
    InsertFake,
    LoadPaper,
    PaperOut,
    PressCancel,
    PullBack,
    RestartDevices,
    Scan,
    Ticket,
    Truth,
    Verb,
)
from terminal.fsm.world import World
from terminal.store.audit import Audit, audit

AGAIN = 0.45
"""How likely a terminal that has just started is killed in its first second."""
WITH_DEVICES = 0.3
"""How likely a kill is a power cut of the devices too."""
LONGEST_LIFE_S = 2.4
PAUSE_S = 0.08
"""The longest that the payer thinks between two acts."""
NOTES_MINOR = (500, 500, 500, 1000, 1000, 2000, 5000)
STAYS_MINUTES = (5, 30, 30, 30, 30, 90, 90, 150)
"""Free, 5.00, 10.00 and 15.00."""
LOADING_S = 0.8
"""How long it takes at least to put paper in; the printer is asked for its state every 250 ms while it prints."""
TICKET_INSTEAD = 0.3
"""How likely a payer before a closed mouth holds up a ticket."""


@dataclass(slots=True)
class Summary:
    """What a run did, and saw."""

    seed: int
    kills: int = 0
    while_starting: int = 0
    with_devices: int = 0
    rounds: int = 0
    sales_paid: int = 0
    sales_cancelled: int = 0
    notes: int = 0
    minor: int = 0
    unclaimed_minor: int = 0
    disputed_minor: int = 0
    receipts: int = 0
    copies: int = 0
    not_printed: int = 0
    barrier_openings: int = 0
    interrupted: dict[str, int] = field(default_factory=dict)
    """Effects that kills have hit on their way, by kind."""


class Payer:
    """Somebody with many tickets, many notes and no plan."""

    def __init__(self, control: Control, random: Random) -> None:
        self._control = control
        self._random = random
        self._tickets: list[str] = []
        self._paper_ends = False
        self._no_paper_since: float | None = None

    def act(self) -> None:
        """One thing, whether or not it makes sense now."""
        acts: tuple[tuple[Callable[[], None], int], ...] = (
            (self._insert, 80), (self._scan_new, 4), (self._scan_again, 3), (self._cancel, 2), (self._pull_back, 2),
            (self._insert_fake, 1), (self._paper_out, 2),
        )  # fmt: skip
        (act,) = self._random.choices([act for act, _ in acts], [weight for _, weight in acts])
        act()
        self.mend()
        time.sleep(self._random.uniform(0, PAUSE_S))

    def mend(self) -> None:
        """Put a new roll in, some time after the paper has really run out: people are not faster than that."""
        if not self._paper_ends or self._control.ask(Truth())["paper_left_mm"] > 0:
            return
        if self._no_paper_since is None:
            self._no_paper_since = time.monotonic()
        elif time.monotonic() - self._no_paper_since >= LOADING_S:
            self._control.ask(LoadPaper())
            self._paper_ends, self._no_paper_since = False, None

    def _try(self, verb: Verb) -> Any:
        with suppress(RigError):  # the machine takes no note now, or there is none to pull back
            return self._control.ask(verb)

    def _scan_new(self) -> None:
        self._tickets.append(self._try(Ticket(minutes=self._random.choice(STAYS_MINUTES), scan=True)))

    def _scan_again(self) -> None:
        if self._tickets:
            self._try(Scan(self._random.choice(self._tickets)))

    def _insert(self) -> None:
        """A note; if none are wanted, as when no sale is open, sometimes a ticket instead."""
        taken = self._try(Insert(self._random.choice(NOTES_MINOR)))
        if taken is None and self._random.random() < TICKET_INSTEAD and not self._control.ask(Truth())["takes_notes"]:
            self._scan_new()

    def _insert_fake(self) -> None:
        self._try(InsertFake())

    def _pull_back(self) -> None:
        self._try(PullBack())

    def _cancel(self) -> None:
        self._try(PressCancel())

    def _paper_out(self) -> None:
        if not self._paper_ends:
            self._try(PaperOut(mm=float(self._random.randrange(300))))
            self._paper_ends = True


class Killing:
    """One run; `folder` must be empty."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.summary = Summary(seed)
        self._folder = folder
        self._random = Random(seed)
        self._rig = RigProcess(folder, "--fast", "--baud", "0", "--web-port", str(free_port()))
        self._payer = Payer(self._rig.control, self._random)
        self._power = Control(folder)
        self._observer = Observer(folder)
        self._terminal = TerminalProcess(folder)

    def close(self) -> None:
        """End all processes."""
        self._power.close()
        self._observer.close()
        self._terminal.kill()
        self._rig.stop()

    def rounds(self, kills: int) -> Iterator[list[str]]:
        """Kills so often; after each round what the books say that is not so. Raises `Impatient` if it never rests."""
        self._settle(starts=0)
        while self.summary.kills < kills:
            starts = self._observer.starts
            self._kill_after(self._random.uniform(0, LONGEST_LIFE_S))
            while self.summary.kills < kills and self._random.random() < AGAIN:
                self._kill_after(self._random.uniform(0, 1))
                self.summary.while_starting += 1
            self._settle(starts)
            self.summary.rounds += 1
            yield self._differences()

    def stop(self) -> int:
        """An orderly stop at the end; the terminal's exit status."""
        return self._terminal.stop()

    def _kill_after(self, seconds: float) -> None:
        """Kill the terminal after so long, in the middle of whatever the payer does; start it again."""
        with_devices = self._random.random() < WITH_DEVICES
        dead_s = self._random.choice((0, 0, self._random.uniform(0, 0.5)))
        killer = threading.Timer(seconds, self._kill, (with_devices,))
        killer.start()
        while killer.is_alive():
            self._payer.act()
        killer.join()
        self.summary.kills += 1
        self.summary.with_devices += with_devices
        time.sleep(dead_s)
        self._terminal = TerminalProcess(self._folder)

    def _kill(self, with_devices: bool) -> None:
        self._terminal.kill()
        if with_devices:
            self._power.ask(RestartDevices())

    def _settle(self, starts: int) -> None:
        """Until the terminal of now is in service, and nothing moves any more."""

        def settled(world: World) -> bool:
            self._terminal.expect_running()
            self._payer.mend()
            return self._observer.starts > starts and at_rest(world) and self._truth()["note_at"] is None

        self._observer.wait("in service and at rest", settled)

    def _truth(self) -> dict[str, Any]:
        return dict(self._rig.control.ask(Truth()))

    def _differences(self) -> list[str]:
        found, truth = audit(self._observer.path), self._truth()
        self._count(found, truth)
        wrong = list(found.findings)
        if found.cash.by_denomination != truth["box"] or found.cash.stacked_minor != truth["box_minor"]:
            wrong.append(f"notes: books {found.cash}, box {truth['box']}")
        if found.cash.disputed_minor:
            wrong.append(f"{found.cash.disputed_minor} in dispute, though the device can tell")
        if not found.barrier_openings <= truth["barrier_openings"] <= found.sales.paid:
            wrong.append(
                f"barrier: booked {found.barrier_openings}, opened {truth['barrier_openings']}, {found.sales.paid} paid"
            )
        return wrong + self._papers(truth["tape"]["documents"])

    def _papers(self, documents: list[dict[str, Any]]) -> list[str]:
        """Each number has its paper, at most one of them says that it is no copy."""
        world = self._observer.look()
        originals: Counter[tuple[str, int]] = Counter()
        printed: set[tuple[str, int]] = set()
        for document in documents:
            for code in document["codes"]:
                if code.startswith("TP1."):
                    continue
                kind, _, number, *_ = code.split(".")
                if document["whole"]:
                    printed.add((kind, int(number)))
                    originals[kind, int(number)] += not document["copy"]
        given_up = {
            ("RC1" if alert.data["document"] == "receipt" else "CN1", int(alert.data["number"]))
            for alert in self._observer.alerts
            if alert.code == "not_printed"
        }
        self.summary.not_printed = len(given_up - printed)
        promised = {("RC1", number) for number in range(1, world.receipt_no + 1)}
        promised |= {("CN1", number) for number in range(1, world.note_no + 1)}
        missing = [f"{kind}.{number} was never printed" for kind, number in sorted(promised - printed - given_up)]
        doubles = [f"{kind}.{number}: {n} originals" for (kind, number), n in sorted(originals.items()) if n > 1]
        strays = [f"{kind}.{number} is printed, but not in the books" for kind, number in sorted(printed - promised)]
        return missing + doubles + strays

    def _count(self, found: Audit, truth: dict[str, Any]) -> None:
        summary = self.summary
        summary.sales_paid, summary.sales_cancelled = found.sales.paid, found.sales.cancelled
        summary.notes, summary.minor = sum(found.cash.by_denomination.values()), found.cash.stacked_minor
        summary.unclaimed_minor, summary.disputed_minor = found.cash.unclaimed_minor, found.cash.disputed_minor
        summary.receipts, summary.copies = found.receipts.originals, found.receipts.copies
        summary.barrier_openings = truth["barrier_openings"]
        summary.interrupted = dict(self._observer.interrupted)


def main() -> int:
    """The long form; exit status 1 when the books were wrong once."""
    parser = argparse.ArgumentParser(prog="python -m tests.killing", description="Kills a terminal again and again.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that rig and terminal end too
    folder = Path(tempfile.mkdtemp(prefix="killing-"))
    killing = Killing(folder, args.seed)
    failed = False
    try:
        for wrong in killing.rounds(args.kills):
            print(f"seed {args.seed}, {killing.summary.kills} kills: {wrong or 'well'}", file=sys.stderr, flush=True)
            failed = failed or bool(wrong)
    finally:
        killing.close()
    print(", ".join(f"{name} {value}" for name, value in asdict(killing.summary).items()))
    if failed:
        print(f"books and truth differ; journal and log are kept in {folder}")
    else:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
