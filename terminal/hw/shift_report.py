"""The report of a shift on paper (交接班表): an X says how it stands, a Z how it ended.

An X is no final report, and says so. Nobody at the window may know what the drawer should hold before it was counted, so an X
has nothing about cash but the float; what its `Report` leaves out can not be printed by mistake. A Z carries its own fingerprint
and that of the Z before it: on paper too none can be left out unseen.
"""

from collections.abc import Iterator

from terminal.hw.letterhead import Writer
from terminal.hw.typesetting import Element, Rule, Text
from terminal.shift.totals import DRAWER_CAUSES, Report, fingerprint

NOTHING = "-"


def shift_report(writer: Writer, report: Report, copy: int) -> Iterator[Element]:
    """The report, from top to bottom."""
    yield from writer.head(f"shift_report.title_{'z' if report.z_no else 'x'}", "receipt.issuer", copy, n=report.z_no)
    if not report.z_no:
        yield Text(writer.say("shift_report.not_final"), centred=True)
        yield Rule()
    yield from _who(writer, report)
    yield from _drawer(writer, report) if report.z_no else _float(writer, report)
    yield from _sold(writer, report)
    yield from _acts(writer, report)
    if report.z_no:
        yield from _chain(writer, report)
        second = ("slip.signed.second",) if report.approved_by else ()
        yield from writer.signatures("slip.signed.from", *second, "slip.signed.to")


def _who(writer: Writer, report: Report) -> Iterator[Element]:
    if report.z_no:
        yield Text(writer.say("receipt.number"), f"{writer.letterhead.terminal_id}-Z{report.z_no}")
    yield writer.row("report.head.shift", str(report.shift_no))
    yield writer.row("report.name", f"{report.name} ({report.who})")
    yield writer.row("report.begun", writer.time(report.begun_at_ms))
    yield writer.row("report.closed" if report.z_no else "report.head.at", writer.time(report.at_ms))
    if report.z_no:
        yield writer.row("report.signed_by", report.signed_by)
    if report.approved_by:
        yield writer.row("report.head.second", report.approved_by)
    yield Rule()


def _float(writer: Writer, report: Report) -> Iterator[Element]:
    """All that an X says of the drawer."""
    yield writer.row("report.cause.float", writer.amount(report.float_minor))
    yield Text(writer.say("report.not_counted"))
    yield Rule()


def _drawer(writer: Writer, report: Report) -> Iterator[Element]:
    """What should be there, and what was."""
    yield Text(writer.say("report.drawer"), centred=True)
    yield writer.row("report.cause.float", writer.amount(report.float_minor))
    for cause in DRAWER_CAUSES:
        if cause in report.totals.moved_minor:
            yield writer.row(f"report.cause.{cause}", writer.amount(report.totals.moved_minor[cause]))
    yield writer.row("report.expected", writer.amount(report.expected_minor))
    yield Rule()
    if report.pieces:
        yield from writer.pieces(report.pieces)
        yield Rule()
    yield from writer.total("report.counted", report.counted_minor)
    if report.over_minor:
        over = "over" if report.over_minor > 0 else "short"
        yield Text(writer.say(f"report.{over}"), writer.amount(abs(report.over_minor)), size=2)
        reason = "report.other" if report.reason == "other" else f"window.difference.{report.reason}"
        yield writer.row("report.reason", writer.say(reason) if report.reason else NOTHING)
    else:
        yield Text(writer.say("window.even"))
    if report.note:
        yield writer.row("report.note", report.note)
    yield Rule()


def _sold(writer: Writer, report: Report) -> Iterator[Element]:
    """What was paid, by kind and by method; what an X has of it is without cash."""
    totals = report.totals
    by_method = "report.by_method" if report.z_no else "report.by_method_open"
    for title, group, sums in (
        ("report.by_kind", "window.kind", totals.by_kind_minor),
        (by_method, "window.means", totals.by_method_minor),
    ):
        if not sums:
            continue
        yield Text(writer.say(title), centred=True)
        for name, amount_minor in sums.items():
            yield Text(writer.word(group, name), writer.amount(amount_minor))
        if len(sums) > 1:
            yield writer.row("receipt.total", writer.amount(sum(sums.values())))
        yield Rule()


def _acts(writer: Writer, report: Report) -> Iterator[Element]:
    """Numbers, and what somebody should look at: a zero is said too, so that it is seen to be one."""
    totals = report.totals
    first_last = f"{totals.first_receipt_no} - {totals.last_receipt_no}" if totals.first_receipt_no else NOTHING
    yield writer.row("shift_report.first_last", first_last)
    yield writer.row("status.receipts_left", str(report.receipts_left))
    for name in ("sales", "cancelled", "voids", "refunds", "corrections", "no_sale_openings", "suspect_notes"):
        yield writer.row(f"shift_report.{name}", str(getattr(totals, name)))
    if totals.manual:
        papers = writer.say("shift_report.manual", n=totals.manual)
        yield Text(papers, writer.amount(totals.manual_minor))
    yield Rule()
    yield Text(writer.say("report.approvals"), "" if totals.approvals else NOTHING)
    for who, times in totals.approvals.items():
        yield Text(f"  {who}", str(times))
    yield Text(writer.say("window.matters"), "" if report.open_matters else NOTHING)
    for matter in report.open_matters:
        yield Text(f"- {writer.say(f'matter.{matter}')}")
    yield Rule()


def _chain(writer: Writer, report: Report) -> Iterator[Element]:
    yield writer.row("shift_report.fingerprint", fingerprint(report))
    yield writer.row("shift_report.previous", report.previous or NOTHING)
    yield Rule()
