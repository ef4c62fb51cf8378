"""A window that is well, and the hands of those who work at it: the life of `lives.py` with a shift."""

from terminal.fsm import events as ev
from terminal.fsm import window_events as wev
from terminal.fsm.step import Outcome
from terminal.fsm.window_rules import WindowRules
from terminal.shift.pieces import Pieces
from terminal.shift.shift import Shift
from tests.fsm.lives import Life

DEVICES = ("scanner", "printer")
FLOAT: Pieces = ((1000, 10), (500, 10), (100, 50))
"""200 yuan."""
FLOAT_MINOR = 20_000
COLLECTOR, NEXT, SUPERVISOR = "li", "zhao", "wang"


class WindowLife(Life):
    """A window of the car park of `lives.py`."""

    def __init__(self, window: WindowRules | None = None, **rule_changes: object) -> None:
        window = window or WindowRules(methods=("cash", "pos"), drawer_sensor=True)
        super().__init__(**{"window": window, "devices": DEVICES, **rule_changes})

    @property
    def shift(self) -> Shift:
        """The shift that is open."""
        shift = self.world.window.shift
        assert shift is not None
        return shift

    @property
    def told(self) -> str:
        """What the collector was told last."""
        told = self.world.window.told
        return "" if told is None else told.key

    def begin(self, who: str = COLLECTOR) -> Outcome:
        """A collector comes and counts the float."""
        self.say(wev.ShiftBegun(who, who.title()))
        self.close_drawer()
        return self.say(wev.FloatCounted(who, FLOAT))

    def tender(self, amount_minor: int, method: str = "cash", reference: str = "") -> Outcome:
        """The payer gives something."""
        return self.say(wev.Tendered(self.shift.who, method, amount_minor, reference))

    def close_drawer(self) -> None:
        """What was ordered is done: the drawer opens, and is pushed shut."""
        for effect_id, effect in list(self.world.pending.items()):
            if type(effect).__name__ == "OpenDrawer":
                self.say(ev.DrawerKicked(effect_id), ev.DrawerChanged(True), ev.DrawerChanged(False))

    def count(self, pieces: Pieces) -> Outcome:
        """The drawer is counted at the end."""
        self.say(wev.CountAsked(self.shift.who, self.shift.name))
        return self.say(wev.DrawerCounted(self.shift.counter, pieces))


def window() -> WindowLife:
    """One whose devices are well, and where nobody works yet."""
    life = WindowLife()
    life.boot()
    return life


def serving() -> WindowLife:
    """One whose collector serves, with a float of 200 yuan."""
    life = window()
    life.begin()
    life.print_all()
    return life
