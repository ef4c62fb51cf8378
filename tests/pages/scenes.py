"""Worlds for the payer's pages: each scene is what a life of the real tables comes to. Nothing here is made up by hand."""

from collections.abc import Callable

import msgspec

from terminal.fees.dues import Invoice
from terminal.fees.parking import ParkingTariff
from terminal.fees.schedule.model import Rate, Unit
from terminal.fees.services import Service
from terminal.fsm import events as ev
from terminal.fsm.effects import OpenBarrier
from tests.fsm import news
from tests.fsm.lives import DEVICES, Life

HOUR_MS = 3_600_000
SERVICES = {
    "card": Service(
        names={"zh-CN": "门禁卡", "en": "Access card"}, unit={"zh-CN": "张", "en": "card"}, price_minor=1000
    ),
    "copy": Service(names={"zh-CN": "复印", "en": "Copy"}, unit={"zh-CN": "页", "en": "page"}, price_minor=50),
    "wash": Service(names={"zh-CN": "洗车", "en": "Car wash"}, unit={}, price_minor=3000, max_quantity=1),
}
GARAGE = msgspec.structs.replace(
    news.GRACE,
    versions=(
        msgspec.structs.replace(
            news.GRACE.versions[0],
            rates=(Rate(name={"zh-CN": "室内车库", "en": "Garage"}, units=(Unit(minor=400, minutes=60),)),),
        ),
    ),
)
"""A tariff with a time to leave after payment."""
TARIFFS = {"T1": ParkingTariff(free_minutes=15, per_hour_minor=500, day_cap_minor=4000), "T2": GARAGE}


def ready(language: str, **rules: object) -> Life:
    """A terminal that is well, in a language."""
    return Life(language=language, services=SERVICES, tariffs=TARIFFS, **rules).boot()


def idle(language: str) -> Life:
    """Nobody is there."""
    return ready(language)


def idle_with_low_paper(language: str) -> Life:
    """Something harmless is wrong."""
    life = ready(language)
    life.say(ev.DeviceChanged("printer", ("paper_low",)))
    return life


def idle_foreign_code(language: str) -> Life:
    """A ticket of somebody else was scanned."""
    life = ready(language)
    life.say(ev.CodeRefused("wrong_tag", "PK…0000"))
    return life


def idle_note_too_early(language: str) -> Life:
    """A note came before the ticket."""
    life = ready(language)
    life.insert(2000)
    return life


def idle_cancelled(language: str) -> Life:
    """Somebody has cancelled before paying anything."""
    life = quote(language)
    life.say(ev.CancelPressed())
    return life


def idle_timed_out(language: str) -> Life:
    """Nobody has paid in time."""
    life = quote(language)
    life.time_out()
    return life


def quote(language: str) -> Life:
    """A ticket of one and a half hours."""
    life = ready(language)
    life.scan("A2049")
    return life


def quote_long(language: str) -> Life:
    """Days of parking: a large amount and several lines."""
    life = ready(language)
    life.scan("A2049", hours_ago=24 * 31 + 3.2)
    return life


def quote_note_refused(language: str) -> Life:
    """The validator did not like the note."""
    life = quote(language)
    life.say(ev.BillRefused("reject.unreadable"))
    return life


def quote_chosen(language: str) -> Life:
    """A car that was chosen by its plate."""
    life = ready(language)
    life.say(ev.TicketScanned("S-4711", life.now.wall_ms - 3 * HOUR_MS, "T1", chosen=True))
    return life


def quote_paid_dues(language: str) -> Life:
    """An account that owes dues."""
    life = ready(language)
    life.say(ev.TicketScanned("bill:A-101", 0, "", invoice=Invoice("A-101", news.OWED)))
    return life


def paying(language: str) -> Life:
    """Half of it is paid in."""
    life = quote(language)
    life.insert(500)
    return life


def paying_too_large(language: str) -> Life:
    """A hundred came back."""
    life = paying(language)
    life.insert(10000)
    return life


def paying_disputed(language: str) -> Life:
    """A note can not be found, the sale goes on."""
    life = paying(language)
    life.say(ev.BillHeld(100, "U1"))
    assert life.world.bill is not None
    life.say(ev.EffectFound(life.world.bill.effect_id, "nothing"))
    return life


def paying_trouble(language: str) -> Life:
    """Paper is out in the middle of it: no notes now."""
    life = paying(language)
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    return life


def paying_door_open(language: str) -> Life:
    """The staff have opened the door in the middle of it: the time stands still."""
    life = paying(language)
    life.say(ev.DoorOpened())
    return life


def paying_called(language: str) -> Life:
    """The payer has called for help."""
    life = paying(language)
    life.say(ev.HelpCalled())
    return life


def wait(language: str) -> Life:
    """Cancelled while a note is still moving."""
    life = paying(language)
    life.say(ev.BillHeld(100, "U1"), ev.CancelPressed())
    return life


def _with_giver(language: str) -> Life:
    return ready(language, devices=(*DEVICES, "change"), payout_limit_minor=5000)


def change(language: str) -> Life:
    """Change is being paid out."""
    life = _with_giver(language)
    life.scan("A2049")
    life.insert(2000)
    return life


def refund(language: str) -> Life:
    """What was paid in is being paid back."""
    life = _with_giver(language)
    life.scan("A2049")
    life.insert(500)
    life.say(ev.CancelPressed())
    return life


def papers(language: str) -> Life:
    """Paid with a note that is too large: a credit note and a receipt are being printed."""
    life = paying(language)
    life.insert(2000)
    return life


def cancelled(language: str) -> Life:
    """Cancelled: what was paid in comes back as a credit note."""
    life = paying(language)
    life.say(ev.CancelPressed())
    return life


def cancelled_timed_out(language: str) -> Life:
    """The time ran out with money paid in: it comes back as a credit note."""
    life = paying(language)
    life.time_out()
    return life


def leaving(language: str, note_minor: int = 2000, **rules: object) -> Life:
    """Paid, printed; the tariff has a time to leave."""
    life = ready(language, **rules)
    entered_ms = life.now.wall_ms - 3 * HOUR_MS
    life.say(ev.TicketScanned("B7", entered_ms, "T2"))
    life.insert(note_minor)
    life.print_all()
    return life


def leaving_receipt_choice(language: str) -> Life:
    """Paid to the fen; the receipt is only printed on request."""
    return leaving(language, 1200, receipt="on_request")


def leaving_receipt_coming(language: str) -> Life:
    """It was asked for."""
    life = leaving_receipt_choice(language)
    life.say(ev.ReceiptWanted())
    return life


def leaving_receipt_not_now(language: str) -> Life:
    """The printer has no paper for it, but there was enough for the credit note."""
    life = leaving(language, receipt="on_request")
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    return life


def leaving_rated(language: str) -> Life:
    """Paid and rated."""
    life = leaving(language)
    life.say(ev.Rated(5, ""))
    return life


def leaving_free(language: str) -> Life:
    """A short stay: nothing is owed."""
    life = ready(language)
    life.scan(hours_ago=0.1)
    return life


def leaving_without_papers(language: str) -> Life:
    """The printer did not answer in time."""
    life = papers(language)
    life.time_out()
    return life


def leaving_barrier_shut(language: str) -> Life:
    """The barrier did not open."""
    life = leaving(language)
    effect_id = next(key for key, effect in life.world.pending.items() if isinstance(effect, OpenBarrier))
    life.say(ev.BarrierFailed(effect_id, "failed"))
    return life


def out(language: str) -> Life:
    """The printer has no paper."""
    life = ready(language)
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    return life


def out_disk(language: str) -> Life:
    """Nothing can be written down, so nobody can be called either."""
    life = ready(language)
    life.say(ev.DeviceChanged("disk", ("read_only",)), ev.DeviceChanged("validator", ("box_full",)))
    return life


def out_priced(language: str) -> Life:
    """The paper ended while somebody was reading the price."""
    life = quote(language)
    life.say(ev.DeviceChanged("printer", ("paper_out",)))
    return life


def out_starting(language: str) -> Life:
    """The power was away while somebody was reading the price."""
    life = quote(language)
    life.say(ev.Started("test", life.rules))
    return life


def service(language: str) -> Life:
    """The service door is open."""
    life = ready(language)
    life.say(ev.DoorOpened())
    return life


SCENES: dict[str, Callable[[str], Life]] = {
    scene.__name__: scene
    for scene in (
        idle,
        idle_with_low_paper,
        idle_foreign_code,
        idle_note_too_early,
        idle_cancelled,
        idle_timed_out,
        quote,
        quote_long,
        quote_note_refused,
        quote_chosen,
        quote_paid_dues,
        paying,
        paying_too_large,
        paying_disputed,
        paying_trouble,
        paying_door_open,
        paying_called,
        wait,
        change,
        refund,
        papers,
        cancelled,
        cancelled_timed_out,
        leaving,
        leaving_receipt_choice,
        leaving_receipt_coming,
        leaving_receipt_not_now,
        leaving_rated,
        leaving_free,
        leaving_without_papers,
        leaving_barrier_shut,
        out,
        out_disk,
        out_priced,
        out_starting,
        service,
    )
}
"""Every screen, and what can go wrong on it."""

PLATE = ("key-粤", "key-B", "key-1", "key-2", "key-3", "key-4")
OPENED: dict[str, tuple[str, ...]] = {
    "explain": ("quote_paid_dues", "explain"),
    "help": ("paying", "help"),
    "plate": ("idle", "plate"),
    "plate_typed": ("idle", "plate", *PLATE),
    "services": ("idle", "services", "more-card", "more-card"),
    "reason": ("leaving", "rate-2"),
}
"""What lies on top of a screen: the scene, and what is touched then."""
