"""Two kiosks of one site, as processes at rigs with a real broker between them: what one has sold, the other does not sell again.

Also here, because it needs a real process: tariffs are read again at SIGHUP, and a wrong file changes nothing.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sim.broker import Broker, free_port
from sim.configuration import T2
from sim.running import Observer, RigProcess, TerminalProcess, at_rest
from sim.verbs import Insert, Scan, Ticket
from terminal.fsm.states import SaleState
from terminal.store.journal import Reader


class Site:
    """A kiosk and whoever stands before it."""

    def __init__(self, folder: Path, name: str, stack: ExitStack, broker: Broker | None = None) -> None:
        self.folder = folder / name
        options = ["--fast", "--web-port", str(free_port())]
        if broker is not None:
            options += ["--mqtt", broker.url]
        self.rig = RigProcess(self.folder, *options)
        stack.callback(self.rig.stop)
        self.toml = self.folder / "terminal.toml"
        self.toml.write_text(self.toml.read_text("utf-8").replace('id = "k01"', f'id = "{name}"'), "utf-8")
        self.observer = Observer(self.folder)
        stack.callback(self.observer.close)
        self.stack = stack

    def start(self) -> None:
        """The terminal runs, and can serve."""
        self.terminal = TerminalProcess(self.folder)
        self.stack.callback(lambda: self.terminal.stop())
        self.observer.wait("idle", lambda world: world.state is SaleState.IDLE and at_rest(world))

    def sell(self, code: str) -> None:
        """A payer with two notes of 5.00."""
        self.rig.control.ask(Scan(code=code))
        self.observer.wait("priced", lambda world: world.state is SaleState.PRICED)
        for _ in range(2):
            self.rig.control.insert(Insert(500))
        self.observer.wait("paid", lambda world: world.state in (SaleState.LEAVING, SaleState.IDLE) and at_rest(world))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Ends all processes."""
    with ExitStack() as found:
        yield found


def test_a_ticket_is_sold_at_one_of_two_kiosks(tmp_path: Path, stack: ExitStack) -> None:
    """Online, the second kiosk says when and where it was paid; cut off, it sells too, and raises a double payment afterwards."""
    broker = Broker(tmp_path, persistent=True).start()
    stack.callback(broker.stop)
    one, two = (Site(tmp_path, name, stack, broker) for name in ("k01", "k02"))
    (two.folder / "ticket.key").write_bytes((one.folder / "ticket.key").read_bytes())
    one.start()
    two.start()
    code, other = (one.rig.control.ask(Ticket(minutes=90, id=ticket)) for ticket in ("A1", "A2"))
    one.sell(code)
    two.observer.wait("told", lambda world: world.seq > 0 and bool(reports(two)))
    two.rig.control.ask(Scan(code=code))
    two.observer.wait("refused", lambda world: world.refused == {"already_paid": 1})

    time.sleep(1.5)  # the broker writes its sessions down once a second
    broker.stop()
    one.sell(other)
    time.sleep(1.1)  # two moments that the clocks can tell apart
    two.sell(other)
    broker.start()
    two.observer.wait("told of both", lambda world: len(reports(two)) == 2, 60)
    (alert,) = [alert for alert in two.observer.alerts if alert.code == "double_payment"]
    assert (alert.data["ticket"], alert.data["terminal"], alert.data["amount_minor"]) == ("A2", "k01", 1000)
    one.observer.wait("told as well", lambda world: len(reports(one)) == 1, 60)
    assert [alert.code for alert in one.observer.alerts if alert.code == "double_payment"] == []


def reports(site: Site) -> list[str]:
    """The ids of all reports in the books."""
    reader = Reader(site.observer.path)
    try:
        return [row[0] for row in reader.rows("SELECT report_id FROM reports")]
    finally:
        reader.close()


def test_tariffs_are_read_again(tmp_path: Path, stack: ExitStack) -> None:
    """At SIGHUP the new prices come into force; a file with any error is refused whole, and the old ones stay."""
    site = Site(tmp_path, "k01", stack)
    site.start()
    tariff = site.folder / "tariff-t2.toml"
    tariff.write_text(T2.replace("minor = 400", "minor = 700"), "utf-8")
    site.terminal.reload()
    site.observer.wait("new prices", lambda world: "minor=700" in repr(world.rules.tariffs["T2"]))
    seq = site.observer.world.seq
    tariff.write_text(T2.replace("minor = 400", "minor = -1"), "utf-8")
    site.terminal.reload()
    log = site.folder / "terminal.log"
    give_up_at = time.monotonic() + 20
    while "refused whole" not in log.read_text("utf-8"):
        assert time.monotonic() < give_up_at, log.read_text("utf-8")
        time.sleep(0.05)
    assert "versions[0].rates[0].units[0].minor: must be at least 0 (is -1)" in log.read_text("utf-8")
    assert site.observer.look().seq == seq
