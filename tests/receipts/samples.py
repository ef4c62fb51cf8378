"""Documents as a terminal prints them, one of each kind, and their pictures: what the golden images show.

    python -m tests.receipts.samples     makes the golden images anew, and those of the docs; then look at them

The car park, the payer and the company are invented; a real tariff would make the same lines.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PIL import Image

from sim.paper import png
from sim.tape import document
from terminal.fees.quote import QuoteLine
from terminal.fsm.effects import CreditNote, Document, PrintDocument, Receipt, TestPage
from terminal.hw.escpos_commands import INITIALIZE
from terminal.hw.letterhead import Letterhead
from terminal.hw.receipt import render
from terminal.pay.signing import sign
from tests.receipts.staff_papers import PAPERS

KEY = b"a key for tests only"
GOLDEN = Path(__file__).parent / "golden"
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
ISSUER = {"zh-CN": "安和停车管理有限公司", "en": "Anhe Parking Management Co., Ltd."}
COLUMNS = {58: 32, 80: 48}
"""By the paper's width in mm."""

HOUR_MS = 3_600_000
PAID_AT_MS = 1_767_229_200_000
"""2026-01-01 09:00:00 in Shanghai."""
_DAY = {"zh-CN": "白天", "en": "Daytime"}
_NIGHT = {"zh-CN": "夜间", "en": "Night"}
_FLAT = {"zh-CN": "物业费", "en": "Property fee"}

PARKING = Receipt(
    receipt_no=17,
    sale_no=21,
    ticket_id="A-0042",
    entered_at_ms=PAID_AT_MS - 5 * HOUR_MS + 540_000,
    paid_at_ms=PAID_AT_MS,
    lines=(QuoteLine("hours", 2500, {"hours": 5, "price_minor": 500}),),
    due_minor=2500,
    tendered_minor=3000,
    paid_out_minor=500,
)
EXPLAINED = Receipt(
    receipt_no=10482,
    sale_no=11003,
    ticket_id="Z9-20260101-000731",
    entered_at_ms=PAID_AT_MS - 25 * HOUR_MS - 540_000,
    paid_at_ms=PAID_AT_MS,
    lines=(
        QuoteLine("free_always", 0, {"minutes": 15}),
        QuoteLine(
            "units",
            2500,
            {
                "from_ms": PAID_AT_MS - 24 * HOUR_MS,
                "to_ms": PAID_AT_MS - 12 * HOUR_MS,
                "units": 5,
                "price_minor": 500,
                "minutes": 60,
            },
            _DAY,
        ),
        QuoteLine("version", 0, {"valid_from": "2026-01-01"}),
        QuoteLine(
            "units",
            1100,
            {"from_ms": PAID_AT_MS - 12 * HOUR_MS, "to_ms": PAID_AT_MS, "units": 11, "price_minor": 100, "minutes": 60},
            _NIGHT,
        ),
        QuoteLine("cap_window", -500, {"cap_minor": 600, "times": 1}, _NIGHT),
        QuoteLine("concession", -1550, {"percent": 50}, {"zh-CN": "残疾人车辆", "en": "Disabled person's vehicle"}),
        QuoteLine("coupon", -500, {"worth_minor": 500}, {"zh-CN": "百联超市", "en": "Bailian Supermarket"}),
        QuoteLine("rounded_down", -50, {"to_minor": 100}),
    ),
    due_minor=1000,
    tendered_minor=2000,
    note_minor=1000,
)
DUES = Receipt(
    receipt_no=9,
    sale_no=9,
    ticket_id="03-1-1202",
    entered_at_ms=0,
    paid_at_ms=PAID_AT_MS,
    lines=(
        QuoteLine("dues", 126_045, {"from": "2025-10", "to": "2025-12", "due": "2025-10-31"}, _FLAT),
        QuoteLine("dues_late", 1_010, {"from": "2025-10", "to": "2025-12", "days": 62}, _FLAT),
        QuoteLine("dues_credit", -10_000, {"credit_minor": 10_000}),
    ),
    due_minor=117_055,
    tendered_minor=117_060,
    note_minor=5,
    what="dues",
)
SERVICES = Receipt(
    receipt_no=31,
    sale_no=40,
    ticket_id="",
    entered_at_ms=0,
    paid_at_ms=PAID_AT_MS,
    lines=(
        QuoteLine("service", 4_000, {"units": 2, "price_minor": 2_000}, {"zh-CN": "门禁卡", "en": "Access card"}),
        QuoteLine("service", 600, {"units": 12, "price_minor": 50}, {"zh-CN": "复印，页", "en": "Copies, page"}),
    ),
    due_minor=4_600,
    tendered_minor=5_000,
    paid_out_minor=400,
    what="services",
)
AT_WINDOW = Receipt(
    receipt_no=32,
    sale_no=41,
    ticket_id="",
    entered_at_ms=0,
    paid_at_ms=PAID_AT_MS,
    lines=(
        QuoteLine("thing_parking", 0, {"id": "A-0042"}),
        QuoteLine("hours", 2_500, {"hours": 5, "price_minor": 500}),
        QuoteLine("thing_dues", 0, {"id": "03-1-1202"}),
        QuoteLine("dues", 126_045, {"from": "2025-10", "to": "2025-12", "due": "2025-10-31"}, _FLAT),
    ),
    due_minor=128_545,
    tendered_minor=130_995,
    paid_out_minor=2_450,
    what="several",
    tenders_minor={"credit_note": 995, "wechat": 100_000, "cash": 30_000},
)
NOTE = CreditNote(note_no=3, sale_no=21, amount_minor=995, issued_at_ms=PAID_AT_MS, reason="change")
CANCELLED = CreditNote(note_no=4, sale_no=22, amount_minor=10_000, issued_at_ms=PAID_AT_MS, reason="cancelled")
TEST_PAGE = TestPage(who="wang", asked_at_ms=PAID_AT_MS)

DOCUMENTS: dict[str, tuple[Document, int]] = {
    "parking": (PARKING, 0),
    "explained": (EXPLAINED, 0),
    "dues": (DUES, 0),
    "services": (SERVICES, 0),
    "note": (NOTE, 0),
    "cancelled": (CANCELLED, 0),
    "copy": (PARKING, 2),
    "test": (TEST_PAGE, 0),
    "window": (AT_WINDOW, 0),
    **{name: (paper, 0) for name, paper in PAPERS.items()},
}
"""Each document, and which copy of it."""

CASES = [(name, language, mm) for name in DOCUMENTS for language in ("zh-CN", "en") for mm in COLUMNS]


def letterhead(columns: int, profile: str = "default") -> Letterhead:
    """Of a terminal whose company is known."""
    return Letterhead(
        columns=columns,
        profile=profile,
        site="lot-a",
        terminal_id="k01",
        currency="CNY",
        timezone="Asia/Shanghai",
        issuer=ISSUER,
    )


def sent(what: Document, language: str, columns: int, copy: int = 0) -> bytes:
    """What the terminal sends to a printer for it."""
    job = PrintDocument(what, language, copy)
    return INITIALIZE + render(job, letterhead(columns), partial(sign, KEY))


def shown(name: str, language: str, mm: int) -> Image.Image:
    """The picture of a sample."""
    what, copy = DOCUMENTS[name]
    return document(sent(what, language, COLUMNS[mm], copy), COLUMNS[mm])


def golden(name: str, language: str, mm: int) -> Path:
    """The file that it is compared with."""
    return GOLDEN / f"{name}.{language}.{mm}.png"


def side_by_side(pictures: list[Image.Image], gap: int = 32) -> Image.Image:
    """Pictures for the docs, from left to right."""
    width = sum(picture.width + gap for picture in pictures) - gap
    whole, across = Image.new("LA", (width, max(picture.height for picture in pictures)), (255, 0)), 0
    for picture in pictures:
        whole.paste(picture, (across, 0))
        across += picture.width + gap
    return whole


def files() -> Iterator[tuple[Path, Image.Image]]:
    """All files that are made here, with their pictures."""
    for case in CASES:
        yield golden(*case), shown(*case)
    pairs = {
        "receipt-58mm": [("explained", "zh-CN", 58), ("explained", "en", 58)],
        "credit-note-80mm": [("cancelled", "zh-CN", 80), ("cancelled", "en", 80)],
        "slips-58mm": [
            (name, "zh-CN", 58) for name in ("slip-drop", "slip-correction", "slip-suspect", "slip-dispute")
        ],
        "reports-80mm": [("report-x", "zh-CN", 80), ("report-z", "zh-CN", 80), ("report-z", "en", 80)],
    }
    for name, cases in pairs.items():
        yield PICTURES / f"{name}.png", side_by_side([shown(*case) for case in cases])


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for path, picture in files():
        path.write_bytes(png(picture))
        print(path.relative_to(Path(__file__).parents[2]))
