"""Dues: what an account owes for property management, utilities and deposits, and why. Pure.

Theory of operation. A *charge* is billed to an account for a period (a deposit has none) and is due on a date. Payments are rows:
so much toward a charge's principal, so much toward its late fee. A row whose key is that of no charge here is *credit*, and so is
what goes beyond a charge's principal (paid at two kiosks at once): it waits on the account. Which charge uses credit is never
written down. It is worked out each time, the rows in the order of their dates, by the rule of part payment: oldest first. So a
prepayment covers what is billed later from its due date on, with no late fee, and nobody has to book that.

A late fee counts days: each day after `due date + after_days` costs the principal that was open when the day began × the rate.
The days are added up exactly and part of a minor unit is the payer's, once. No fee is taken on a fee. A charge whose principal
is paid owes nothing more: its late fee was paid before it (`allocate`), by the rule of that day, and a later change of the rule
does not open it again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from terminal.fees.quote import Names, Quote, QuoteLine

ITEMS: dict[str, Names] = {
    "property": {"zh-CN": "物业费", "en": "Property management"},
    "water": {"zh-CN": "代收水费", "en": "Water (for the supplier)"},
    "power": {"zh-CN": "代收电费", "en": "Electricity (for the supplier)"},
    "gas": {"zh-CN": "代收燃气费", "en": "Gas (for the supplier)"},
    "heating": {"zh-CN": "采暖费", "en": "Heating"},
    "shared": {"zh-CN": "公摊水电费", "en": "Shared water and electricity"},
    "garbage": {"zh-CN": "垃圾清运费", "en": "Refuse collection"},
    "parking": {"zh-CN": "车位管理费", "en": "Parking space"},
    "deposit": {"zh-CN": "押金", "en": "Deposit"},
    "decoration_deposit": {"zh-CN": "装修押金", "en": "Decoration deposit"},
}
"""What can be billed."""

DEPOSITS = frozenset({"deposit", "decoration_deposit"})
"""Items without a period and without a late fee; the money stays the payer's and is returned."""

E6 = 1_000_000


class Account(msgspec.Struct, frozen=True):
    """Who owes: a unit of a building. `area_centi_m2` is its area in hundredths of a m²."""

    account_id: str
    unit: str
    block: str
    area_centi_m2: int
    payer: str


class Charge(msgspec.Struct, frozen=True):
    """An amount billed to an account. Dates are ISO dates, the period includes both; a deposit has "" for them."""

    account_id: str
    item: str
    from_date: str
    to_date: str
    due_date: str
    amount_minor: int

    @property
    def key(self) -> str:
        """What the books call it. Periods of an item do not overlap, so an account, an item and a first day are one charge."""
        return f"{self.account_id}/{self.item}/{self.from_date or self.due_date}"


class LateFee(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it costs to be late: nothing for `after_days` days after the due date, then parts per million of the open
    principal a day, never more than `cap_percent` of the charge. A rate of 0: no late fee."""

    after_days: int = 0
    per_day_e6: int = 0
    cap_percent: int = 100


class DuesRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rules of a site; part of `terminal.fsm.rules.Rules`."""

    late: LateFee = LateFee()


class Paid(msgspec.Struct, frozen=True):
    """A row of the books: on this date so much was paid toward the principal of a charge, and so much toward its late fee."""

    charge_key: str
    amount_minor: int
    late_minor: int
    on_date: str


class Owed(msgspec.Struct, frozen=True):
    """What is left of a charge today."""

    charge: Charge
    principal_minor: int
    late_minor: int
    late_days: int
    """Days that count for the late fee, up to today."""

    @property
    def due_minor(self) -> int:
        """Principal and late fee."""
        return self.principal_minor + self.late_minor


class Allocation(msgspec.Struct, frozen=True):
    """A part of a payment: the principal of a charge, and its late fee."""

    charge_key: str
    amount_minor: int
    late_minor: int


class Settlement(msgspec.Struct, frozen=True):
    """On this date so much of a charge's principal and late fee was settled, by a payment or by credit."""

    charge: Charge
    on_date: str
    amount_minor: int
    late_minor: int


class Standing(msgspec.Struct, frozen=True):
    """An account on a day: what is open, oldest first, and the credit that no charge has used."""

    owed: tuple[Owed, ...]
    credit_minor: int
    settled: tuple[Settlement, ...]
    """In the order of time."""


def credit_key(account_id: str) -> str:
    """The key under which money is booked that no charge here has a use for."""
    return f"{account_id}/credit"


def key_range(account_id: str) -> tuple[str, str]:
    """All keys of an account's rows lie from the first text up to, and without, the second."""
    return f"{account_id}/", f"{account_id}0"


def paid_at(charge_key: str, amount_minor: int, late_minor: int, at_ms: int, timezone: str) -> Paid:
    """A row of the books with its moment as a date of the terminal's zone."""
    return Paid(charge_key, amount_minor, late_minor, date_of(at_ms, timezone))


def date_of(at_ms: int, timezone: str) -> str:
    """The date of a moment (Unix, UTC), in a zone."""
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(timezone)).date().isoformat()


class Invoice(msgspec.Struct, frozen=True):
    """An account as a payer shows it to a terminal: what it owes now."""

    account_id: str
    owed: tuple[Owed, ...]
    credit_minor: int = 0


class _Open:
    """A charge on its way: what is still open, and what being late has cost so far."""

    def __init__(self, charge: Charge, late: LateFee) -> None:
        self.charge = charge
        self.principal_minor = charge.amount_minor
        self.late_paid_minor = 0
        self._rate_e6 = 0 if charge.item in DEPOSITS else late.per_day_e6
        self._cap_minor = charge.amount_minor * late.cap_percent // 100
        self._last_free_day = _day(charge.due_date) + late.after_days
        self._counted_to = self._last_free_day
        self._accrued_e6 = 0

    def owed(self, day: int) -> Owed:
        """What is left on a day; days must not go backwards."""
        days = max(0, day - self._counted_to)
        self._accrued_e6 += self.principal_minor * days * self._rate_e6
        self._counted_to += days
        late_minor = 0
        if self.principal_minor:
            late_minor = max(0, min(self._accrued_e6 // E6, self._cap_minor) - self.late_paid_minor)
        late_days = max(0, day - self._last_free_day) if self._rate_e6 else 0
        return Owed(self.charge, self.principal_minor, late_minor, late_days)

    def pay(self, amount_minor: int, late_minor: int) -> None:
        """Takes this off, after `owed` was asked for the same day."""
        self.principal_minor -= amount_minor
        self.late_paid_minor += late_minor


def standing(charges: Iterable[Charge], paid: Iterable[Paid], today: str, rules: DuesRules) -> Standing:
    """Where one account stands on the date `today`, given all its charges and all its rows.

    A row dated later than `today` counts as of today: a clock that was set back must not make anybody pay twice.
    """
    opened = [_Open(charge, rules.late) for charge in sorted(charges, key=_age)]
    by_key = {course.charge.key: course for course in opened}
    credit_minor, settled = 0, []
    for row in sorted(paid, key=lambda row: row.on_date):
        on_date = min(row.on_date, today)
        course = by_key.get(row.charge_key)
        if course is None or not course.principal_minor:
            credit_minor += row.amount_minor + row.late_minor
        else:
            amount_minor = min(row.amount_minor, course.owed(_day(on_date)).principal_minor)
            course.pay(amount_minor, row.late_minor)
            credit_minor += row.amount_minor - amount_minor
            settled.append(Settlement(course.charge, on_date, amount_minor, row.late_minor))
        if credit_minor:
            owed = tuple(course.owed(_day(on_date)) for course in opened)
            parts, credit_minor = allocate(owed, credit_minor)
            for part in parts:
                by_key[part.charge_key].pay(part.amount_minor, part.late_minor)
                charge = by_key[part.charge_key].charge
                settled.append(Settlement(charge, on_date, part.amount_minor, part.late_minor))
    today_owed = (course.owed(_day(today)) for course in opened)
    return Standing(tuple(left for left in today_owed if left.due_minor), credit_minor, tuple(settled))


def what_is_owed(charges: Iterable[Charge], paid: Iterable[Paid], today: str, rules: DuesRules) -> tuple[Owed, ...]:
    """What one account owes on the date `today`, oldest first, credit already taken off."""
    return standing(charges, paid, today, rules).owed


def allocate(owed: Sequence[Owed], amount_minor: int) -> tuple[tuple[Allocation, ...], int]:
    """How a payment is shared out, and what is left of it: the rule *oldest first, late fee first*.

    The charge that was due first is paid first; of one charge the late fee goes before the principal.
    """
    # Where nothing else was agreed this is the order of the Civil Code of China: of several debts the one that fell due first
    # (art. 560), of one debt costs and interest before the principal (art. 561). It also means that a charge whose
    # principal is paid is closed, which the books rely on.
    parts, rest_minor = [], amount_minor
    for left in owed:
        late_minor = min(rest_minor, left.late_minor)
        principal_minor = min(rest_minor - late_minor, left.principal_minor)
        if late_minor or principal_minor:
            parts.append(Allocation(left.charge.key, principal_minor, late_minor))
        rest_minor -= late_minor + principal_minor
    return tuple(parts), rest_minor


def rows_to_book(account_id: str, owed: Sequence[Owed], amount_minor: int) -> tuple[Allocation, ...]:
    """The rows of a payment: its parts, and credit on the account for what is over. They add up to the amount."""
    parts, rest_minor = allocate(owed, amount_minor)
    return (*parts, Allocation(credit_key(account_id), rest_minor, 0)) if rest_minor else parts


def quote(owed: Sequence[Owed], credit_minor: int = 0, pay_minor: int | None = None) -> Quote:
    """What is to be paid, line by line: each charge, and its late fee on a line of its own.

    `credit_minor` is what waits on the account, and is only told (where there is credit nothing is owed). With `pay_minor` a
    payer pays that amount instead: a last line says what stays owed, or what is paid in advance.
    """
    lines = [line for left in owed for line in _lines(left)]
    due_minor = sum(left.due_minor for left in owed)
    if credit_minor:
        lines.append(QuoteLine("dues_credit", 0, {"credit_minor": credit_minor}))
    if pay_minor is not None and pay_minor != due_minor:
        lines.append(QuoteLine("dues_later" if pay_minor < due_minor else "dues_prepaid", pay_minor - due_minor))
        due_minor = pay_minor
    return Quote(due_minor, tuple(lines))


def _lines(left: Owed) -> list[QuoteLine]:
    charge, names = left.charge, ITEMS.get(left.charge.item, {"en": left.charge.item})
    period: dict[str, int | str] = {"from": charge.from_date, "to": charge.to_date}
    what = "dues" if charge.from_date else "dues_deposit"
    lines = []
    if left.principal_minor < charge.amount_minor:
        params = {**period, "due": charge.due_date, "whole_minor": charge.amount_minor}
        lines.append(QuoteLine(f"{what}_rest", left.principal_minor, params, names))
    else:
        lines.append(QuoteLine(what, left.principal_minor, {**period, "due": charge.due_date}, names))
    if left.late_minor:
        lines.append(QuoteLine("dues_late", left.late_minor, {**period, "days": left.late_days}, names))
    return lines


def _age(charge: Charge) -> tuple[str, str, str]:
    """Oldest first: by due date, then by period, then by item so that the order is always the same."""
    return charge.due_date, charge.from_date, charge.item


def _day(iso_date: str) -> int:
    return date.fromisoformat(iso_date).toordinal()
