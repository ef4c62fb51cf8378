"""Recovery: what to do about an effect that was under way when the power, the program or the cable went.

No other place knows that power can fail. At start (`Started`) every pending effect is either settled by what the journal
itself knows (`what_the_journal_knows`), or the device is asked with `Ask`. The answer is an `EffectFound`, and one row of
`RECOVERY` decides. A pair that is not in the table can not be said by any engine; `IMPOSSIBLE` lists those, and a test walks
all pairs: each stands in exactly one of the two.

The theory of it: an effect is durable before it is performed, so what is not pending was never begun, and what is pending
may or may not have happened. An intent without a result is *unknown*, not "not done".

Publishing is not here: the outbox resumes from its durable cursor, and consumers drop duplicates by id.
"""

from collections.abc import Callable

from terminal.fsm import events as ev
from terminal.fsm import policy
from terminal.fsm.actions import cash, papers, telling
from terminal.fsm.effects import AwaitedEffect, OpenBarrier, OpenDrawer, PayOut, PrintDocument, ReturnBill, StackBill
from terminal.fsm.turn import Turn
from terminal.fsm.world import Notice, World

Decision = Callable[[Turn, AwaitedEffect], None]


# --- decisions, in the order of the table -------------------------------------------------------------------------
def credit_found_bill(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, StackBill | ReturnBill)
    turn.world.bill = None
    cash.take_in(turn, effect.amount_minor)


def close_found_bill(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, StackBill | ReturnBill)
    turn.world.bill = None
    telling.notify(turn, Notice("returned.by_device", {"amount_minor": effect.amount_minor}))


def dispute_found_bill(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, StackBill)
    cash.dispute(turn, effect.amount_minor, turn.heard(ev.EffectFound).effect_id)


def close_doubtful_return(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, ReturnBill)
    turn.world.bill = None
    turn.alert("return_in_doubt", amount_minor=effect.amount_minor)


def record_found_payout(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, PayOut)
    cash.paid_out(turn, turn.heard(ev.EffectFound).amount_minor)


def hold_payout(turn: Turn, effect: AwaitedEffect) -> None:
    """Never guess with money: keep the effect pending, call for help."""
    turn.world.pending = {**turn.world.pending, turn.heard(ev.EffectFound).effect_id: effect}
    turn.alert("change_in_doubt", sale_no=turn.sale.sale_no)


def print_copy_after_doubt(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, PrintDocument)
    papers.next_copy(turn)


def print_again(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, PrintDocument)
    papers.print_next(turn)


def never_open_again(turn: Turn, effect: AwaitedEffect) -> None:
    assert isinstance(effect, OpenBarrier | OpenDrawer)
    what = "barrier" if isinstance(effect, OpenBarrier) else "drawer"
    telling.notify(turn, Notice("leaving.call_for_help"), telling.LONG_NOTICE_S)
    turn.alert("opening_in_doubt", what=what)


# --- the table ----------------------------------------------------------------------------------------------------
# fmt: off
RECOVERY: dict[tuple[type[AwaitedEffect], ev.Finding], Decision] = {
    # under way      found           decision
    (StackBill,      "in_box"):      credit_found_bill,      # @A
    (StackBill,      "given_back"):  close_found_bill,       # @B
    (StackBill,      "nothing"):     dispute_found_bill,     # @C
    (StackBill,      "other_unit"):  dispute_found_bill,     # @D
    (ReturnBill,     "in_box"):      credit_found_bill,      # @E
    (ReturnBill,     "given_back"):  close_found_bill,       # @F
    (ReturnBill,     "nothing"):     close_doubtful_return,  # @G
    (ReturnBill,     "other_unit"):  close_doubtful_return,  # @H
    (PayOut,         "paid_out"):    record_found_payout,    # @I
    (PayOut,         "nothing"):     hold_payout,            # @J
    (PrintDocument,  "not_started"): print_again,            # @K
    (PrintDocument,  "in_doubt"):    print_copy_after_doubt, # @L
    (OpenBarrier,    "nothing"):     never_open_again,       # @M
    (OpenDrawer,     "nothing"):     never_open_again,       # @N
}
# fmt: on
"""
@A  The note lies in the box and the journal has no credit for it yet (otherwise the effect would not be pending): credit
    it, once, to its sale if that is still open, else as unclaimed money. Devices report the same note again after their own
    restart; by then nothing is pending and the report is only an audit item (`BillReported`).
@B  The device gave the note back, or never took it: no credit. The payer sees that the note came back and may try again.
@C  The device kept nothing that tells where the note went. Guessing would be inventing or losing money, so the note is
    booked as disputed, an alert goes out, and the cash count settles it.
@D  Another validator answers now (its serial number differs): it can not speak for the one that took the note. As @C.
@E  We wanted to give the note back but it went into the box. It is the payer's money all the same: as @A.
@F  The note went back, as it should. Nothing to book.
@G  Nothing tells where a note went that was to be given back. It was never ordered into the box, so nothing says that it
    is ours: no credit, but an alert, so that the cash count is looked at.
@H  As @G, another validator answers.
@I  The change giver's counters say how much was paid out: record that, go on with the rest as a credit note.
@J  The change giver does not know. Paying again may pay twice, so the sale holds, an alert calls for help, and the
    giver is asked again at the next start.
@K  The journal itself knows that no byte was sent, because `PrintStarted` is made durable before the first one: print.
@L  Bytes may be on the paper. Unattended, the document is printed once more and marked as a copy, so two originals can
    never exist; after `COPIES_MAX` doubtful prints people are called.
@M  Nobody can tell whether the barrier opened. Opening it again may let a second car out, so it is not done unattended: an
    alert calls for help.
@N  As @M, for the cash drawer: never open it with nobody in charge.
"""

IMPOSSIBLE: frozenset[tuple[type[AwaitedEffect], ev.Finding]] = frozenset(
    {(kind, finding) for kind in (StackBill, ReturnBill) for finding in ("paid_out", "not_started", "in_doubt")}
    | {(PayOut, finding) for finding in ("in_box", "given_back", "other_unit", "not_started", "in_doubt")}
    | {(PrintDocument, finding) for finding in ("in_box", "given_back", "nothing", "other_unit", "paid_out")}
    | {
        (kind, finding)
        for kind in (OpenBarrier, OpenDrawer)
        for finding in ("in_box", "given_back", "other_unit", "paid_out", "not_started", "in_doubt")
    }
)
"""Answers that no engine gives: a bill validator does not print, a barrier holds no notes."""


def what_the_journal_knows(world: World, effect_id: str) -> ev.Finding | None:
    """What became of a pending effect as far as the journal alone can tell; None: the device must be asked."""
    if isinstance(world.pending[effect_id], OpenBarrier) and "barrier" not in world.rules.devices:
        return "nothing"  # it was taken out of the configuration: nobody is left to answer
    for job in world.jobs:
        if job.effect_id == effect_id and not job.started:
            return "not_started"
    return None


def recover(turn: Turn) -> None:
    """`EffectFound`: the device has told what became of a pending effect; the table decides."""
    event = turn.heard(ev.EffectFound)
    settle(turn, event.effect_id, event.finding)


def recover_opening(turn: Turn) -> None:
    """As `recover`, for barrier and drawer, which have no machine of their own."""
    if policy.about_opening(turn):
        recover(turn)


def settle(turn: Turn, effect_id: str, finding: ev.Finding) -> None:
    """Close a pending effect by its row of the table."""
    effect = turn.world.pending[effect_id]
    decision = RECOVERY[type(effect), finding]
    turn.finish(effect_id, type(effect))
    decision(turn, effect)


def take_stock(turn: Turn) -> None:
    """`Started`: settle what the journal knows, ask the devices about the rest."""
    for effect_id, effect in turn.world.pending.items():
        finding = what_the_journal_knows(turn.world, effect_id)
        if finding is None:
            turn.ask(effect_id, effect)
        else:
            settle(turn, effect_id, finding)
