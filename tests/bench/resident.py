"""Resident memory and idle CPU of a real terminal after a sale, with all devices attached.

The rig's models on pseudo-terminals and its pins, a real mosquitto where there is one, and a page that is being looked at.
The memory is what the kernel says of the process (smaps_rollup: Rss counts shared libraries in full, Pss its share of
them); the processor time is that of the process over `IDLE_S` seconds in which nothing happens.
"""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

from sim.broker import MOSQUITTO, Broker, free_port
from sim.control import Control
from sim.running import Observer, RigProcess, at_rest
from sim.verbs import Insert, Ticket
from terminal.fsm.states import SaleState
from terminal.fsm.world import World
from tests.bench.measure import Finding, Say

NOTE_MINOR = 2000
"""More than is owed, so that both a receipt and a credit note are printed."""
SETTLE_S = 5.0
"""After the sale: what was put off until later is done by then."""
IDLE_S = 30.0
MEMORY_AIM_MB = 45.0
CPU_AIM_PERCENT = 1.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def start_terminal(folder: Path) -> subprocess.Popen[bytes]:
    """`fee-terminal run` at the rig in `folder`."""
    environment = os.environ | {"GPIOZERO_PIN_FACTORY": "rig", "FEE_TERMINAL_RIG": str(folder / "pins")}
    command = [sys.executable, "-m", "terminal", "run", "-c", str(folder / "terminal.toml")]
    with (folder / "terminal.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def sell(control: Control, observer: Observer) -> None:
    """One sale, from ticket to thanks. Raises `Impatient` when something does not happen."""
    observer.wait("the terminal in service", free)
    control.ask(Ticket(scan=True))
    control.insert(Insert(NOTE_MINOR))
    observer.wait("the end of the sale", lambda world: world.sale_no == 1 and free(world))


def free(world: World) -> bool:
    """Ready for the next payer, and nothing under way."""
    return world.state is SaleState.IDLE and at_rest(world)


def look_at_page(port: int) -> HTTPConnection:
    """A browser that stays: it follows the view."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/events")
    connection.getresponse().readline()
    return connection


def memory_mb(pid: int) -> dict[str, float]:
    """Rss and Pss of a process, in MB (10^6 bytes)."""
    lines = [line.split() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]]
    return {name.rstrip(":"): int(kilobytes) * 1024 / 1e6 for name, kilobytes, *_ in lines}


def cpu_s(pid: int) -> float:
    """Processor time that a process has used, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def bare_memory_mb() -> dict[str, float]:
    """The same of an interpreter that does nothing."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        found = memory_mb(process.pid)
        process.communicate(b"\n")
    return found


def idle_percent(pid: int, say: Say) -> float:
    """Share of one core while nobody is there."""
    before_s, began = cpu_s(pid), time.monotonic()
    while (passed_s := time.monotonic() - began) < IDLE_S:
        say(f"idle {passed_s:.0f} of {IDLE_S:.0f} s")
        time.sleep(1)
    return (cpu_s(pid) - before_s) / (time.monotonic() - began) * 100


def bench(folder: Path, say: Say) -> list[Finding]:
    """Memory and processor time."""
    web_port = free_port()
    options = ["--web-port", str(web_port)]
    with ExitStack() as stack:
        if MOSQUITTO is not None:
            broker = Broker(folder).start()
            stack.callback(broker.stop)
            options += ["--mqtt", broker.url]
        rig = RigProcess(folder, *options)
        stack.callback(rig.stop)
        terminal = start_terminal(folder)
        stack.callback(terminal.wait)
        stack.callback(terminal.terminate)
        observer = Observer(folder)
        stack.callback(observer.close)
        say("a sale")
        sell(rig.control, observer)
        stack.callback(look_at_page(web_port).close)
        time.sleep(SETTLE_S)
        idle = idle_percent(terminal.pid, say)
        ours, bare = memory_mb(terminal.pid), bare_memory_mb()
    attached = "all attached" if MOSQUITTO is not None else "all attached but MQTT"
    return [
        Finding(
            f"resident memory (Rss), {attached}", "MB", ours["Rss"], bare["Rss"], "python -c pass",
            f"<= {MEMORY_AIM_MB:g} MB", ours["Rss"] <= MEMORY_AIM_MB,
        ),
        Finding(f"its own share (Pss), {attached}", "MB", ours["Pss"], bare["Pss"], "python -c pass", "", None),
        Finding(
            f"idle processor time, {attached}", "%", idle, 100.0, "one core",
            f"<= {CPU_AIM_PERCENT:g} %", idle <= CPU_AIM_PERCENT,
        ),
    ]  # fmt: skip
