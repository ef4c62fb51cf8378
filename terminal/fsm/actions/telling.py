"""What whoever stands there is told, in which language, and for how long."""

from terminal.fsm import policy
from terminal.fsm.turn import Turn
from terminal.fsm.world import Notice

NOTICE_S = 8
"""How long a notice stays on the screen when nobody is being served."""
LONG_NOTICE_S = 60
"""The same for one that calls the staff: a note that can not be found, a barrier that stayed shut."""
NOTE_DISPUTED = "returned.disputed"


def usual_language(turn: Turn) -> None:
    turn.world.language = turn.world.rules.language


def quiet_down(turn: Turn) -> None:
    """Whoever chose a language or was refused before an idle terminal has gone."""
    turn.world.notice = None
    usual_language(turn)


def tell_help_called(turn: Turn) -> None:
    """Whoever calls is told that somebody was told, and who goes on calling calls nobody else."""
    notice, sale = turn.world.notice, turn.world.sale
    if notice is not None and notice.key == "help.called":
        return
    turn.alert("help_called", state=str(turn.world.state), sale_no=sale.sale_no if sale is not None else 0)
    if not disputed_is_told(turn):
        notify(turn, Notice("help.called"))


def notify(turn: Turn, notice: Notice, seconds: int = NOTICE_S) -> None:
    """Tell whoever stands there; a resting screen forgets it again by itself, a sale keeps it until the next one."""
    turn.world.notice = notice
    if turn.world.state in policy.RESTING:
        turn.wake_after_s(seconds)


def disputed_is_told(turn: Turn) -> bool:
    """The screen says that a note can not be found: nothing else is more urgent to the payer."""
    return turn.world.notice is not None and turn.world.notice.key == NOTE_DISPUTED
