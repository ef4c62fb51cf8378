"""Reports: what cameras, gates, merchants, the office and other kiosks say about stays. Pure.

On the wire a report is one JSON object, a dot, and the tag of `terminal.pay.signing` over the text before the dot. The
signature is looked at before anything else. A report is a fact that somebody else has seen: it may come late, twice, and in
any order; its id makes the second one worth nothing. The structs are what the journal keeps: a key that is here stays for ever.
"""

from typing import Annotated

import msgspec
from msgspec import Meta, field

from terminal.errors import CodeError
from terminal.pay.signing import sign, verify
from terminal.stays.plates import is_plate, normalise

MAX_BYTES = 4096
FUTURE_MS = 120_000
"""So far may the clock of a camera be ahead of ours."""
PAST_MS = 400 * 86_400_000
"""What is older is not believed: no tariff prices it."""

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{1,64}\Z")]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,32}\Z")]
"""Of a stay, ticket, tariff or terminal: it may stand in a code."""
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}\Z")]
"""Of a vehicle class or a concession, as tariff files write them."""
Moment = Annotated[int, Meta(ge=0, le=99_999_999_999_999)]
Minutes = Annotated[int, Meta(ge=0, le=44_640)]
MOST_MINOR = 100_000_000
NOTE_NO_MOST = 99_999_999_999
COUPONS_MAX = 24
"""So many coupons of one payment fit into a report."""
Minor = Annotated[int, Meta(ge=0, le=MOST_MINOR)]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")]
Names = Annotated[dict[Language, Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=8)]
Plate = Annotated[str, Meta(min_length=2, max_length=32)]


class Report(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag_field="kind"):
    """Base of all reports: `report_id` is the sender's, and never used for anything else."""

    report_id: Id = field(name="id")


class VehicleEntered(Report, frozen=True, tag="entered"):
    """A car came in; `picture` is the name of a picture, not its address."""

    stay_id: Name = field(name="stay")
    plate: Plate
    at_ms: Moment
    tariff_id: Name = field(name="tariff")
    vehicle: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,32}\Z")] = ""
    picture: Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9._-]{0,63})?\Z")] = ""
    lane: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._:-]{0,32}\Z")] = ""


class VehicleLeft(Report, frozen=True, tag="left"):
    """A car went out."""

    stay_id: Name = field(name="stay")
    at_ms: Moment


class InnerEntered(Report, frozen=True, tag="inner_entered"):
    """A car came into a car park inside this one, which has the tariff named here."""

    stay_id: Name = field(name="stay")
    tariff_id: Name = field(name="tariff")
    at_ms: Moment


class InnerLeft(Report, frozen=True, tag="inner_left"):
    """A car went out of the inner car park."""

    stay_id: Name = field(name="stay")
    tariff_id: Name = field(name="tariff")
    at_ms: Moment


class StayValidated(Report, frozen=True, tag="validated"):
    """A merchant gives a coupon of minutes or of money to a stay; exactly one of the two is not 0."""

    stay_id: Name = field(name="stay")
    coupon_id: Name = field(name="coupon")
    names: Names = {}
    minutes: Minutes = 0
    amount_minor: Minor = 0

    def __post_init__(self) -> None:
        if (self.minutes == 0) == (self.amount_minor == 0):
            raise ValueError("a coupon is worth minutes or money")


class ConcessionGranted(Report, frozen=True, tag="granted"):
    """Somebody in charge has granted a concession of the tariff."""

    stay_id: Name = field(name="stay")
    concession_id: Code = field(name="concession")


class PassGranted(Report, frozen=True, tag="pass"):
    """A plate owes nothing from one moment to another: a monthly pass, a white list."""

    pass_id: Name = field(name="pass")
    plate: Plate
    from_ms: Moment
    to_ms: Moment
    names: Names = {}

    def __post_init__(self) -> None:
        if self.from_ms >= self.to_ms:
            raise ValueError("a pass begins before it ends")


class PassWithdrawn(Report, frozen=True, tag="pass_withdrawn"):
    """A pass ends at a moment, which may be still to come."""

    pass_id: Name = field(name="pass")
    at_ms: Moment


class UsedCoupon(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A coupon that was used up, and what it was worth."""

    coupon_id: Name = field(name="coupon")
    minutes: Minutes = 0
    amount_minor: Minor = 0


class PaidElsewhere(Report, frozen=True, tag="paid"):
    """Another terminal has taken the money for a stay or ticket, and these coupons."""

    terminal_id: Name = field(name="terminal")
    ticket_id: Name = field(name="ticket")
    at_ms: Moment
    amount_minor: Minor
    coupons: Annotated[tuple[UsedCoupon, ...], Meta(max_length=COUPONS_MAX)] = ()


class NoteHonoured(Report, frozen=True, tag="redeemed"):
    """Another terminal has honoured a credit note: it is worth nothing any more."""

    terminal_id: Name = field(name="terminal")
    issuer_id: Name = field(name="issuer")
    """The terminal that printed it."""
    note_no: Annotated[int, Meta(ge=1, le=NOTE_NO_MOST)] = field(name="note")
    at_ms: Moment
    amount_minor: Minor


AnyReport = (
    VehicleEntered | VehicleLeft | InnerEntered | InnerLeft | StayValidated | ConcessionGranted
    | PassGranted | PassWithdrawn | PaidElsewhere | NoteHonoured
)  # fmt: skip
"""Every report: the journal, the tables and the tests go by this list."""

Happened = VehicleEntered | VehicleLeft | InnerEntered | InnerLeft | PaidElsewhere | NoteHonoured
"""What can only be reported after it was so."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AnyReport).decode


def read_report(data: bytes, key: bytes, now_ms: int) -> AnyReport:
    """The report that these signed bytes are, its plate in the one way to write it.

    Raises `CodeError`: `too_long`, `wrong_tag` (not signed with our key), `bad_report` (not written as it must be), `bad_plate`,
    `in_future` or `too_old` (what is said to have happened can not be believed).
    """
    report = _verified(data, key)
    if isinstance(report, Happened):
        if report.at_ms > now_ms + FUTURE_MS:
            raise CodeError("in_future")
        if report.at_ms < now_ms - PAST_MS:
            raise CodeError("too_old")
    return report


def write_report(report: AnyReport, key: bytes) -> bytes:
    """The signed bytes of a report; raises `CodeError` if it could not be read again."""
    data = sign(key, _encode(report).decode()).encode()
    _verified(data, key)
    return data


def _verified(data: bytes, key: bytes) -> AnyReport:
    if len(data) > MAX_BYTES:
        raise CodeError("too_long")
    try:
        text = verify(key, data.decode())
    except UnicodeDecodeError:
        raise CodeError("bad_report") from None
    if text is None:
        raise CodeError("wrong_tag")
    try:
        report = _decode(text)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise CodeError("bad_report") from error
    return _with_plate(report) if isinstance(report, VehicleEntered | PassGranted) else report


def _with_plate(report: VehicleEntered | PassGranted) -> VehicleEntered | PassGranted:
    plate = normalise(report.plate)
    if not is_plate(plate, "any"):
        raise CodeError("bad_plate")
    return msgspec.structs.replace(report, plate=plate)
