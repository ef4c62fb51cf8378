"""Dues: money is neither lost nor made, the oldest is paid first, and a late fee is what its days cost."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.fees.billing import Rate, amount_of, problems
from terminal.fees.dues import (
    DEPOSITS,
    ITEMS,
    Charge,
    DuesRules,
    LateFee,
    Owed,
    Paid,
    allocate,
    credit_key,
    date_of,
    key_range,
    quote,
    rows_to_book,
    standing,
    what_is_owed,
)
from terminal.fees.explain import explain
from terminal.fees.rounding import ROUNDINGS, RoundingRule
from terminal.words import CATALOGUES

NO_FEE = DuesRules()
FEE = DuesRules(late=LateFee(after_days=5, per_day_e6=500, cap_percent=100))
"""0.5 ‰ a day, from the sixth day on."""
START = date(2026, 1, 1)


def charge(month: int, amount_minor: int = 30_000, item: str = "property") -> Charge:
    """The charge of a month of 2026, due on its 10th."""
    first, after = date(2026, month, 1), date(2026 + month // 12, month % 12 + 1, 1)
    last = after - timedelta(1)
    return Charge("A-1", item, first.isoformat(), last.isoformat(), f"2026-{month:02}-10", amount_minor)


JANUARY, FEBRUARY = charge(1), charge(2)


def paid(of: Charge, amount_minor: int, on_date: str, late_minor: int = 0) -> Paid:
    """A row of the books."""
    return Paid(of.key, amount_minor, late_minor, on_date)


# --- worked by hand ------------------------------------------------------------------------------------------------
def test_nothing_paid_and_not_late() -> None:
    """On the last day that costs nothing the principal is owed, and nothing else."""
    assert what_is_owed([FEBRUARY, JANUARY], [], "2026-01-15", FEE) == (
        Owed(JANUARY, 30_000, 0, 0),
        Owed(FEBRUARY, 30_000, 0, 0),
    )


def test_one_day_late() -> None:
    """The day after that costs 0.5 ‰ of 300.00 yuan: 15 fen."""
    assert what_is_owed([JANUARY], [], "2026-01-16", FEE) == (Owed(JANUARY, 30_000, 15, 1),)


def test_days_after_a_part_payment_cost_less() -> None:
    """10 days of 300.00 (1.50), then 10 days of the 200.00 that stay open (1.00), less the 1.50 that were paid."""
    rows = [paid(JANUARY, 10_000, "2026-01-25", 150)]
    assert what_is_owed([JANUARY], rows, "2026-02-04", FEE) == (Owed(JANUARY, 20_000, 100, 20),)


def test_part_of_a_fen_is_the_payers_once() -> None:
    """Days of 0.05 fen each are added up before anything is dropped: 19 days cost nothing, 20 days one fen."""
    small = charge(1, 100)
    (after_19,) = what_is_owed([small], [], "2026-02-03", FEE)
    (after_20,) = what_is_owed([small], [], "2026-02-04", FEE)
    assert (after_19.late_minor, after_20.late_minor) == (0, 1)


def test_cap() -> None:
    """A late fee never goes beyond its share of the charge."""
    rules = DuesRules(late=LateFee(per_day_e6=30_000, cap_percent=20))
    assert what_is_owed([JANUARY], [], "2030-01-01", rules)[0].late_minor == 6_000


def test_deposits_have_no_late_fee() -> None:
    """A deposit is not income: nothing is taken for being late with it."""
    deposit = Charge("A-1", "deposit", "", "", "2026-01-10", 200_000)
    assert what_is_owed([deposit], [], "2027-01-10", FEE) == (Owed(deposit, 200_000, 0, 0),)


def test_late_fee_goes_first_and_oldest_first() -> None:
    """20 days late with January (3.00): 310.00 pay its late fee, its principal, and 7.00 of February."""
    owed = what_is_owed([FEBRUARY, JANUARY], [], "2026-02-04", FEE)
    parts, rest = allocate(owed, 31_000)
    assert [(part.charge_key, part.amount_minor, part.late_minor) for part in parts] == [
        (JANUARY.key, 30_000, 300),
        (FEBRUARY.key, 700, 0),
    ]
    assert rest == 0


def test_prepayment_covers_the_next_charge_without_late_fee() -> None:
    """Credit of January pays what is billed for February, however late anybody looks."""
    rows = [paid(JANUARY, 30_000, "2026-01-05"), Paid(credit_key("A-1"), 30_000, 0, "2026-01-05")]
    found = standing([JANUARY, FEBRUARY], rows, "2026-12-31", FEE)
    assert (found.owed, found.credit_minor) == ((), 0)


def test_part_of_a_charge_covered_by_credit() -> None:
    """Credit that does not suffice leaves a rest, and only the rest costs a late fee."""
    rows = [Paid(credit_key("A-1"), 10_000, 0, "2026-01-05")]
    assert what_is_owed([JANUARY], rows, "2026-01-25", FEE) == (Owed(JANUARY, 20_000, 100, 10),)


def test_paid_twice_becomes_credit() -> None:
    """A charge that two kiosks took at the same time is paid once; the other payment is credit, late fee and all."""
    rows = [paid(JANUARY, 30_000, "2026-01-25", 150)] * 2
    assert standing([JANUARY], rows, "2026-01-25", FEE).credit_minor == 30_150
    assert what_is_owed([JANUARY, FEBRUARY], rows, "2026-02-01", FEE) == ()


def test_payment_of_an_unknown_charge_is_credit() -> None:
    """Money whose charge the ledger does not have is not lost."""
    assert standing([], [Paid("A-1/water/2025-01-01", 500, 7, "2026-01-01")], "2026-01-01", FEE).credit_minor == 507


def test_a_paid_charge_stays_paid_when_the_rule_changes() -> None:
    """It was closed by the rule of that day: a higher rate of today does not open it again."""
    rows = [paid(JANUARY, 30_000, "2026-01-25", 150)]
    harder = DuesRules(late=LateFee(per_day_e6=5_000))
    assert what_is_owed([JANUARY], rows, "2026-06-01", harder) == ()


def test_a_clock_set_back_makes_nobody_pay_twice() -> None:
    """A row that is dated later than today counts."""
    assert what_is_owed([JANUARY], [paid(JANUARY, 30_000, "2026-01-09")], "2026-01-08", FEE) == ()
    part = [paid(JANUARY, 10_000, "2026-03-01")]
    assert what_is_owed([JANUARY], part, "2026-01-20", FEE) == (Owed(JANUARY, 20_000, 5 * 15, 5),)


def test_the_smallest_credit_counts() -> None:
    """One fen on the account is a fen less."""
    assert (
        what_is_owed([JANUARY], [Paid(credit_key("A-1"), 1, 0, "2026-01-01")], "2026-01-01", FEE)[0].due_minor == 29_999
    )


def test_lines() -> None:
    """A line a charge and a line a late fee, in both languages; a rest says of what it is one."""
    rows = [paid(JANUARY, 10_000, "2026-01-25", 150)]
    deposit = Charge("A-1", "deposit", "", "", "2026-03-01", 200_000)
    found = quote(what_is_owed([JANUARY, FEBRUARY, deposit], rows, "2026-02-04", FEE))
    assert [(explain(line, "en", "CNY"), line.amount_minor) for line in found.lines] == [
        ("Property management 2026-01-01–2026-01-31, due 2026-01-10: rest of 300.00", 20_000),
        ("Late fee for Property management 2026-01-01–2026-01-31: 20 days", 100),
        ("Property management 2026-02-01–2026-02-28, due 2026-02-10", 30_000),
        ("Deposit, due 2026-03-01", 200_000),
    ]
    assert explain(found.lines[1], "zh-CN", "CNY") == "物业费 2026-01-01 至 2026-01-31 违约金：逾期 20 天"
    assert found.due_minor == 250_100


@pytest.mark.parametrize(("pay_minor", "what"), [(12_345, "dues_later"), (40_000, "dues_prepaid"), (30_000, "dues")])
def test_another_amount_has_its_line(pay_minor: int, what: str) -> None:
    """Who pays less or more than is owed reads what becomes of the difference."""
    found = quote(what_is_owed([JANUARY], [], "2026-01-01", FEE), pay_minor=pay_minor)
    assert found.due_minor == pay_minor == sum(line.amount_minor for line in found.lines)
    assert found.lines[-1].what == what


def test_credit_is_told() -> None:
    """Where nothing is owed, the quote says what waits on the account."""
    found = quote((), credit_minor=5_000)
    assert found.due_minor == 0
    assert [explain(line, "en", "CNY") for line in found.lines] == ["Paid in advance: 50.00 on the account"]


def test_keys_of_an_account() -> None:
    """The range of keys holds all of an account's, and none of an account whose id begins alike."""
    low, high = key_range("A-1")
    assert all(low <= key < high for key in (JANUARY.key, credit_key("A-1")))
    assert not any(low <= credit_key(other) < high for other in ("A-10", "A-1-1", "A", "A-2", "A-1A", "a-1"))


def test_dates_are_the_sites() -> None:
    """A payment shortly after midnight counts for the date on the wall."""
    assert date_of(1_767_196_800_000, "Asia/Shanghai") == "2026-01-01"
    assert date_of(1_767_196_799_999, "Asia/Shanghai") == "2025-12-31"


def test_items_have_names() -> None:
    """Each item that can be billed has a name in every language."""
    assert all(set(names) == set(CATALOGUES) for names in ITEMS.values())
    assert set(ITEMS) >= DEPOSITS


# --- amounts and periods --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("from_date", "to_date", "area_centi_m2", "amount_minor"),
    [
        ("2026-01-01", "2026-01-31", 10_000, 28_500),  # 100 m² × 2.85
        ("2026-01-01", "2026-12-31", 8_937, 305_645),  # 89.37 m² × 2.85 × 12 = 3056.454
        ("2026-01-16", "2026-01-31", 10_000, 14_710),  # 16/31 of 285.00 = 147.097
        ("2026-01-15", "2026-02-14", 10_000, 29_879),  # 17/31 + 14/28 = 298.790
        ("2028-02-29", "2028-02-29", 10_000, 983),  # a leap day: 1/29
    ],
)
def test_rate_by_area(from_date: str, to_date: str, area_centi_m2: int, amount_minor: int) -> None:
    """Whole months cost rate × area, days of a broken one their share, and the sum is rounded once."""
    assert amount_of(Rate(285_000), area_centi_m2, from_date, to_date) == amount_minor


@pytest.mark.parametrize(("rule", "amount_minor"), [("down", 2), ("up", 3), ("half_up", 3), ("half_even", 2)])
def test_rounding_by_name(rule: RoundingRule, amount_minor: int) -> None:
    """2.5 fen, by each of the rules."""
    assert amount_of(Rate(2_500, rule), 100, "2026-01-01", "2026-01-31") == amount_minor
    assert set(ROUNDINGS) == {"down", "up", "half_up", "half_even"}


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.tuples(*[st.integers(0, 800)] * 3))
def test_splitting_a_period_costs_the_same(milli: int, area: int, days: tuple[int, int, int]) -> None:
    """A period cut in two costs what it costs in one, but for the rounding of the parts."""
    first, cut, last = ((START + timedelta(day)).isoformat() for day in sorted(days))
    after_cut = (date.fromisoformat(cut) + timedelta(1)).isoformat()
    whole = amount_of(Rate(milli), area, first, last)
    parts = amount_of(Rate(milli), area, first, cut) + amount_of(Rate(milli), area, after_cut, last)
    assert abs(whole - parts) <= 1


def test_no_problems_in_a_year() -> None:
    """Twelve months one after another, of two items, in any order."""
    year = [charge(month, item=item) for item in ("water", "property") for month in range(12, 0, -1)]
    assert problems(year) == ()


def test_gap_and_overlap() -> None:
    """A month left out is a gap, a month twice an overlap; other items, accounts and deposits do not matter."""
    others = [charge(2, item="water"), Charge("A-2", "property", "2026-02-01", "2026-02-28", "2026-02-10", 1)]
    deposit = Charge("A-1", "deposit", "", "", "2026-02-10", 1)
    assert [(found.what, found.after) for found in problems([charge(3), JANUARY, deposit, *others])] == [
        ("gap", charge(3))
    ]
    twice = Charge("A-1", "property", "2026-01-31", "2026-02-28", "2026-02-10", 1)
    assert [(found.what, found.after) for found in problems([twice, JANUARY])] == [("overlap", twice)]


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=6))
def test_problems_are_what_counting_days_finds(spans: list[tuple[int, int]]) -> None:
    """Each day between the first and the last is billed exactly once, or there is a problem."""
    charges: list[Charge] = []
    billed: dict[str, int] = defaultdict(int)
    for first, length in spans:
        dates = [(START + timedelta(first + day)).isoformat() for day in range(length + 1)]
        charges.append(Charge("A", "water", dates[0], dates[-1], dates[-1], 1))
        for day in dates:
            billed[day] += 1
    span = (date.fromisoformat(max(billed)) - date.fromisoformat(min(billed))).days + 1 if billed else 0
    clean = len(billed) == span and all(times == 1 for times in billed.values())
    assert (problems(charges) == ()) is clean


# --- whatever happens -----------------------------------------------------------------------------------------------
days = st.integers(0, 400).map(lambda day: (START + timedelta(day)).isoformat())
rules = st.builds(
    DuesRules,
    late=st.builds(LateFee, st.integers(0, 40), st.sampled_from([0, 1, 333, 500, 3_000, 50_000]), st.integers(0, 120)),
)
accounts = st.lists(
    st.builds(charge, st.integers(1, 12), st.integers(0, 50_000), st.sampled_from(["property", "water", "deposit"])),
    max_size=8,
    unique_by=lambda made: made.key,
)
visits = st.lists(st.tuples(days, st.integers(1, 60_000)), max_size=6).map(sorted)


def lived(charges: list[Charge], happened: list[tuple[str, int]], rules: DuesRules) -> list[Paid]:
    """The rows that these payments leave, each shared out by what is owed on its day."""
    rows: list[Paid] = []
    for on_date, amount_minor in happened:
        for part in rows_to_book("A-1", what_is_owed(charges, rows, on_date, rules), amount_minor):
            rows.append(Paid(part.charge_key, part.amount_minor, part.late_minor, on_date))
    return rows


@given(accounts, visits, days, rules, st.integers(0, 500_000))
def test_allocation(
    charges: list[Charge], happened: list[tuple[str, int]], today: str, rules: DuesRules, pay: int
) -> None:
    """No money is lost or made; nothing is negative or more than is owed; nothing goes to a charge before all older ones are
    settled, nor to a principal before its late fee."""
    owed = what_is_owed(charges, lived(charges, happened, rules), today, rules)
    parts, rest = allocate(owed, pay)
    assert sum(part.amount_minor + part.late_minor for part in parts) + rest == pay
    assert rest >= 0
    got = {part.charge_key: part for part in parts}
    older_settled = True
    for left in owed:
        part = got.get(left.charge.key)
        amount, late = (part.amount_minor, part.late_minor) if part else (0, 0)
        assert 0 <= amount <= left.principal_minor and 0 <= late <= left.late_minor
        assert older_settled or not part
        assert late == left.late_minor or not amount
        older_settled = older_settled and (amount, late) == (left.principal_minor, left.late_minor)
    assert not rest or older_settled
    assert [left.charge.due_date for left in owed] == sorted(left.charge.due_date for left in owed)


@given(accounts, visits, days, rules)
def test_money_is_conserved(
    charges: list[Charge], happened: list[tuple[str, int]], today: str, rules: DuesRules
) -> None:
    """All that was ever paid is in what is settled, and in credit; what is open and what is settled is what was billed."""
    rows = lived(charges, happened, rules)
    found = standing(charges, rows, today, rules)
    settled = sum(part.amount_minor + part.late_minor for part in found.settled)
    assert settled + found.credit_minor == sum(row.amount_minor + row.late_minor for row in rows)
    principal = sum(part.amount_minor for part in found.settled)
    assert principal + sum(left.principal_minor for left in found.owed) == sum(made.amount_minor for made in charges)
    assert not (found.credit_minor and found.owed)


@given(accounts, visits, rules, days, days, st.integers(0, 200_000), st.integers(0, 200_000))
def test_paying_in_two_parts(
    charges: list[Charge], happened: list[tuple[str, int]], rules: DuesRules, on: str, later: str, one: int, two: int
) -> None:
    """Two payments on one day leave what one payment of both leaves, on that day and on any later one."""
    at_once = lived(charges, [*happened, (on, one + two)], rules)
    in_parts = lived(charges, [*happened, (on, one), (on, two)], rules)
    for today in (on, max(on, later)):
        whole, parts = (standing(charges, rows, today, rules) for rows in (at_once, in_parts))
        assert (whole.owed, whole.credit_minor) == (parts.owed, parts.credit_minor)


@given(accounts, visits, rules, days)
def test_late_fee_day_by_day(
    charges: list[Charge], happened: list[tuple[str, int]], rules: DuesRules, today: str
) -> None:
    """The late fee is what somebody finds who goes through the days one by one with a note book."""
    happened = [visit for visit in happened if visit[0] <= today]
    rows = lived(charges, happened, rules)
    found = {left.charge.key: left for left in what_is_owed(charges, rows, today, rules)}
    note_book = _day_by_day(charges, happened, rules, today)
    assert {key: (left.principal_minor, left.late_minor) for key, left in found.items()} == note_book


def _day_by_day(
    charges: list[Charge], happened: list[tuple[str, int]], rules: DuesRules, today: str
) -> dict[str, tuple[int, int]]:
    """Principal and late fee that are open at the end, by key: each day first costs, then is paid on."""
    order = sorted(charges, key=lambda made: (made.due_date, made.from_date, made.item))
    principal = {made.key: made.amount_minor for made in order}
    accrued = {made.key: Fraction() for made in order}
    late_paid = dict.fromkeys(principal, 0)

    def late_open(made: Charge) -> int:
        cap = made.amount_minor * rules.late.cap_percent // 100
        return max(0, min(int(accrued[made.key]), cap) - late_paid[made.key]) if principal[made.key] else 0

    day, credit = date(2025, 12, 31), 0
    while day.isoformat() < today:
        day += timedelta(1)
        for made in order:
            first = date.fromisoformat(made.due_date) + timedelta(rules.late.after_days)
            if day > first and made.item != "deposit":
                accrued[made.key] += Fraction(principal[made.key] * rules.late.per_day_e6, 1_000_000)
        for on_date, amount_minor in happened:
            credit += amount_minor if on_date == day.isoformat() else 0
        for made in order:
            late = min(credit, late_open(made))
            part = min(credit - late, principal[made.key])
            late_paid[made.key] += late
            principal[made.key] -= part
            credit -= late + part
    return {made.key: (principal[made.key], late_open(made)) for made in order if principal[made.key]}


@given(accounts, visits, days, rules, st.none() | st.integers(0, 500_000))
def test_lines_sum_to_what_is_due(
    charges: list[Charge], happened: list[tuple[str, int]], today: str, rules: DuesRules, pay: int | None
) -> None:
    """The lines add up, have words in every language, and asking twice gives the same."""
    found = standing(charges, lived(charges, happened, rules), today, rules)
    answer = quote(found.owed, found.credit_minor, pay)
    assert answer.due_minor == sum(line.amount_minor for line in answer.lines)
    assert answer.due_minor == (sum(left.due_minor for left in found.owed) if pay is None else pay)
    for language in CATALOGUES:
        assert all("{" not in explain(line, language, "CNY") for line in answer.lines)
