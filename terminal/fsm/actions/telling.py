"""What whoever stands there is told, in which language, and for how long."""

from terminal.fsm import policy
from terminal.fsm.entries import EndReason
from terminal.fsm.turn import Turn
from terminal.fsm.world import Notice

NOTICE_S = 8
"""How long a notice stays on the screen when nobody is being served."""
ENDED_S = 30
"""The same for why a sale has ended: whoever went to fetch money reads it on coming back."""
LONG_NOTICE_S = 60
"""The same for one that calls the staff: a note that can not be found, a barrier that stayed shut."""
NOTE_DISPUTED = "returned.disputed"


def usual_language(turn: Turn) -> None:
    turn.world.language = turn.world.rules.language


def hold_language(turn: Turn, seconds: int) -> None:
    """Someone before a resting screen may walk away: the language falls back by itself, after so long without any touch."""
    world = turn.world
    usual = world.language == world.rules.language
    world.language_until_ms = None if usual else turn.now.up_ms + seconds * 1000


def quiet_down(turn: Turn) -> None:
    """A resting screen has shown its notice, or whoever chose the language has gone: each has its own time."""
    if turn.world.waits_until_ms is None:
        turn.world.notice = None
    if turn.world.language_until_ms is None:
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
        hold_language(turn, max(seconds, turn.world.rules.payment_timeout_s))


def tell_end(turn: Turn, why: EndReason) -> None:
    """Whose sale has ended unpaid is told why, in the language of the sale. Whose note can not be found is told that instead:
    it must not be said that nothing was taken. Who has paid elsewhere is told where (`tell_paid_elsewhere`)."""
    world = turn.world
    lost_minor = sum(bill.amount_minor for bill in world.disputed if bill.sale_no == turn.sale.sale_no)
    if lost_minor:
        world.notice = Notice(NOTE_DISPUTED, {"amount_minor": lost_minor})
    elif why != "elsewhere":
        world.notice = Notice(f"ended.{why}")
    if world.state in policy.RESTING:
        seconds = LONG_NOTICE_S if lost_minor else ENDED_S
        turn.wake_after_s(seconds)
        hold_language(turn, seconds)


def disputed_is_told(turn: Turn) -> bool:
    """The screen says that a note can not be found: nothing else is more urgent to the payer."""
    return turn.world.notice is not None and turn.world.notice.key == NOTE_DISPUTED
