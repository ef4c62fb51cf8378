"""The demo: a rig, a broker and a real terminal, either at anybody's hands (`show`) or through one scripted day (`play`).

The days are in `demo_kiosk.py` and `demo_window.py`, each a list of scenes.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from sim.broker import free_port
from sim.clerk import WindowRefused
from sim.configuration import Role
from sim.control import RigError
from sim.demo_kiosk import KioskStage
from sim.demo_window import WindowStage
from sim.page.desk import Desk
from sim.page.messages import Messages
from sim.page.server import RigPage
from sim.page.watch import Watcher
from sim.rig import STAFF, read_pin
from sim.running import Impatient
from sim.stage import Stage, say
from terminal.errors import PortError
from terminal.web.screen import Screen

STAGES: dict[Role, type[Stage]] = {"kiosk": KioskStage, "window": WindowStage}
TRY: dict[Role, tuple[str, ...]] = {
    "kiosk": (
        "Let a car come that stayed 90 minutes, and put in 20 yuan: receipt, credit note, barrier.",
        "Again, and pull the plug while the note moves. Power back: the note is credited, once.",
        "Again, with only 6 cm of paper. Whatever you do, the page says whether the books balance.",
    ),
    "window": (
        "Open the drawer with the key, lay the float in; sign in as li, begin a shift, and count 10 tens, 10 fives, 50 ones.",
        "Let a car come that stayed 90 minutes, lay down 100 yuan, press its key; the hands do as the books say.",
        "Again, but give 10 yuan too much. Then end the shift, and count: the page says by how much the drawer is short.",
    ),
}
"""What people may begin with."""


def play(role: Role) -> int:
    """The scripted day; the exit status is 0 only if all went as told and the books balance."""
    folder = Path(tempfile.mkdtemp(prefix="fee-terminal-demo-"))
    say(f"the scripted day of a {role}, in {folder}")
    status = 1
    with until_stopped(), ExitStack() as stack:
        try:
            status = STAGES[role](folder, ("--fast",), stack).play()
        except (Impatient, RigError, WindowRefused, OSError) as error:
            print(f"\nWRONG  {error}")
    if status == 0:
        shutil.rmtree(folder)
    else:
        say(f"journal and log are kept in {folder}")
    return status


def show(role: Role) -> int:
    """All of it, up until Ctrl-C, with the rig page to do things to it."""
    folder = Path(tempfile.mkdtemp(prefix="fee-terminal-demo-"))
    with until_stopped(), ExitStack() as stack:
        try:
            page = open_page(folder, (), stack, role)
        except (Impatient, RigError, PortError, OSError) as error:
            say(f"{error}; what was written is kept in {folder}")
            return 1
        print(f"The rig page: a terminal that is alive, and everything around it to touch\n\n    {page.origin}/\n")
        for number, line in enumerate(TRY[role], 1):
            print(f"  {number}. {line}")
        staff = ", ".join(f"{name} {read_pin(folder, name)}" for name, _, _ in STAFF[role])
        print(f"\nWho works there, and their PINs: {staff}")
        print(
            f"By hand, in another shell: export FEE_TERMINAL_RIG_DIR={folder} PATH={Path(sys.executable).parent}:$PATH"
        )
        print("and fee-terminal-sim --help. Ctrl-C ends it.", flush=True)
        if has_display():
            webbrowser.open(page.origin)
        threading.Event().wait()
    shutil.rmtree(folder)
    return 0


def open_page(folder: Path, pace: tuple[str, ...], stack: ExitStack, role: Role = "kiosk") -> RigPage:
    """The rig page of a rig, a broker and a terminal that are started with it, and end with `stack`."""
    port = free_port()
    stage = STAGES[role](folder, pace, stack, f"http://127.0.0.1:{port}")
    desk = Desk(folder, stage.web_port, stage.terminal, role)
    stack.callback(desk.stop)
    messages = None
    if stage.broker is not None:
        messages = Messages(stage.broker.port)
        stack.callback(messages.close)
    stage.begin()
    screen = Screen()
    watcher = Watcher(desk, screen, stage.listener, messages)
    watcher.start()
    stack.callback(watcher.stop)
    page = RigPage(port, desk, screen)
    page.start()
    stack.callback(page.stop)
    return page


def has_display() -> bool:
    """Somebody sits before this machine and can see a browser."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


class _Stopped(Exception):
    """Somebody wants the demo to end."""


@contextmanager
def until_stopped() -> Iterator[None]:
    """SIGINT and SIGTERM end what is inside, in good order."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        yield
    except _Stopped:
        say("stopped")
