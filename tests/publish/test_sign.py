"""The public notice: what it says comes from the tariff, and hostile names do no harm in HTML or PDF."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest

from terminal.config.sections import CHINESE_FONT
from terminal.config.tariff_file import read_tariff
from terminal.fees.quote import Names
from terminal.fees.schedule.model import Concession, Rate, Rounding, ScheduleTariff, Unit
from terminal.publish import prose
from terminal.publish.sign import Sign, sign
from terminal.publish.sign_html import page
from terminal.publish.sign_pdf import pdf

EXAMPLES = sorted((Path(__file__).parents[2] / "docs/examples/tariffs").glob("*.toml"))
LOT_A = next(path for path in EXAMPLES if path.stem == "lot-a")
BOTH = ("zh-CN", "en")
MADE = date(2026, 8, 2)
HOSTILE = "<script>alert('\"&')</script>"
EMPTY = {"meta", "br"}


def example(path: Path = LOT_A) -> ScheduleTariff:
    """A tariff of the documentation."""
    tariff = read_tariff(path, 2026)
    assert isinstance(tariff, ScheduleTariff)
    return tariff


def notice(tariff: ScheduleTariff, on: date = MADE) -> Sign:
    """The notice that is made of it."""
    return sign(tariff, prose.version_on(tariff, on), MADE)


class Reader(HTMLParser):
    """Reads a page strictly: each tag is closed by its own end; texts and tags are kept."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """A tag begins."""
        self.tags.append(tag)
        self.open += [] if tag in EMPTY else [tag]

    def handle_endtag(self, tag: str) -> None:
        """A tag ends: it must be the last one that began."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text between tags."""
        self.texts.append(data)


def read(text: str) -> Reader:
    """The page, which must be whole."""
    reader = Reader(text)
    assert reader.open == []
    return reader


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("languages", [BOTH, ("en",), ("zh-CN",)])
def test_page(path: Path, languages: tuple[str, ...]) -> None:
    """Each example makes a whole page without script or anything from elsewhere; English alone has no Chinese."""
    text = page(notice(example(path)), languages)
    reader = read(text)
    assert not {"script", "link", "img"} & set(reader.tags)
    assert not re.search(r"https?:|url\(|@import", text)
    if languages == ("en",):
        own = "".join(reader.texts).replace("沪价费〔2025〕8号", "")
        assert not re.search(r"[\u4e00-\u9fff]", own)


ITEMS = [
    ("title", "人民广场停车场", "People's Square Car Park"),
    ("heading", "停车收费公示牌", "Parking Charges"),
    ("operator", "人民广场停车管理有限公司", "People's Square Parking Ltd."),
    ("pricing and document", "政府指导价 沪价费〔2025〕8号", "Government-guided price 沪价费〔2025〕8号"),
    ("vehicles that pay the same", "小型车、新能源小型车", "Small vehicle, Small new-energy vehicle"),
    ("prices", "首1小时 ¥5.00，之后每30分钟 ¥3.00", "first hour ¥5.00, then ¥3.00 per 30 minutes"),
    ("night", "21:00–次日07:00", "21:00–07:00 next day"),
    ("cap of a window", "¥40.00", "¥40.00"),
    ("cap of a period", "每24小时最高收费 ¥60.00。", "At most ¥60.00 for each 24 hours."),
    (
        "rounding of units",
        "不足一个计费单位的，按一个计费单位收费。",
        "Each unit of time that has begun is charged in full.",
    ),
    (
        "free minutes",
        "停车不超过15分钟免费；超过的，从入场时起计费。",
        "Stays of up to 15 minutes are free; longer stays pay from the entry.",
    ),
    ("a concession of a class", "新能源汽车：前2小时免费", "New-energy vehicles: first 2 hours free"),
    ("a concession on request", "减免50%（请向工作人员出示证件）", "50 % off (show your permit to the staff)"),
    ("payment", "现金、微信支付、支付宝、ETC", "Cash, WeChat Pay, Alipay, ETC"),
    ("complaints", "12315, 12345", "12315, 12345"),
    ("currency", "CNY", "CNY"),
    ("version", "自 2026-01-01 起执行", "Prices valid from 2026-01-01"),
    ("the next version", "自 2026-09-01 起价格有调整。", "Other prices apply from 2026-09-01."),
    ("the date", "公示制作日期：2026-08-02", "Notice made on 2026-08-02"),
]


@pytest.mark.parametrize(("chinese", "english"), [each[1:] for each in ITEMS], ids=[each[0] for each in ITEMS])
def test_items(chinese: str, english: str) -> None:
    """The items that the rules ask for stand on the page in both languages."""
    said = "\n".join(read(page(notice(example()), BOTH)).texts)
    assert chinese in said
    assert english in said


def test_other_version() -> None:
    """From its date on the next version is the one on the sign, and there is none after it."""
    said = "\n".join(read(page(notice(example(), date(2026, 9, 1)), ("en",))).texts)
    assert "Prices valid from 2026-09-01" in said
    assert "first hour ¥6.00" in said
    assert "Other prices" not in said


def _hostile(names: Names) -> Names:
    return dict.fromkeys(names, HOSTILE)


def test_hostile_names() -> None:
    """Names with tags, quotes and ampersands stand on the page as they are, and are no tags."""
    tariff = example()
    version = tariff.versions[0]
    replace = msgspec.structs.replace
    version = replace(
        version,
        rates=tuple(replace(rate, name=_hostile(rate.name)) for rate in version.rates),
        concessions=tuple(replace(each, name=_hostile(each.name)) for each in version.concessions),
    )
    whole = replace(
        tariff,
        title=_hostile(tariff.title),
        classes=tuple(replace(each, name=_hostile(each.name)) for each in tariff.classes),
        versions=(version,),
        notice=replace(
            tariff.notice,
            operator=_hostile(tariff.title),
            payment=_hostile(tariff.title),
            document=HOSTILE,
            complaints=HOSTILE,
            remarks=(_hostile(tariff.title),),
        ),
    )
    text = page(notice(whole), BOTH)
    assert "script" not in read(text).tags
    plain = set(read(page(notice(tariff), BOTH)).tags)
    assert set(read(text).tags) <= plain
    assert "\n".join(read(text).texts).count(HOSTILE) >= 12
    assert pdf(notice(whole), BOTH, CHINESE_FONT).startswith(b"%PDF")


WORDS = [
    ((), "免费", "free"),
    ((Unit(minor=500, minutes=60),), "每1小时 ¥5.00", "¥5.00 per hour"),
    ((Unit(minor=500, minutes=90),), "每1小时30分钟 ¥5.00", "¥5.00 per 1 hour 30 minutes"),
    ((Unit(minor=1000),), "每次 ¥10.00", "¥10.00 flat"),
    ((Unit(minor=0, minutes=60),), "免费", "free"),
    (
        (Unit(minor=300, minutes=30, times=4), Unit(minor=100)),
        "前2小时内每30分钟 ¥3.00，其余时间一次性 ¥1.00",
        "first 2 hours ¥3.00 per 30 minutes, then ¥1.00 for the rest of the time",
    ),
    (
        (Unit(minor=0, minutes=120, times=1), Unit(minor=200, minutes=60, times=1), Unit(minor=100, minutes=15)),
        "首2小时 免费，其后1小时 ¥2.00，之后每15分钟 ¥1.00",
        "first 2 hours free, next hour ¥2.00, then ¥1.00 per 15 minutes",
    ),
    (
        (Unit(minor=500, minutes=60, times=2),),
        "前2小时内每1小时 ¥5.00，之后免费",
        "first 2 hours ¥5.00 per hour, then free",
    ),
]


@pytest.mark.parametrize(("units", "chinese", "english"), WORDS)
def test_prices_in_words(units: tuple[Unit, ...], chinese: str, english: str) -> None:
    """Each form that units can have is said in both languages."""
    rate = Rate(name={}, units=units)
    assert prose.price(rate, "CNY", "zh-CN") == chinese
    assert prose.price(rate, "CNY", "en") == english


RULES: list[tuple[dict[str, Any], str]] = [
    ({"edges": "run_on"}, "runs to its end at its own price"),
    ({"edges": "cut"}, "charging goes on at the other rate"),
    ({"steps": "period"}, "not anew when the rate changes"),
    ({"period": "day"}, "At midnight charging begins anew."),
    ({"rounding": Rounding(to_minor=50, rule="half_even")}, "nearest multiple of ¥0.50, halves to the even one"),
    ({"rounding": Rounding(to_minor=50, rule="up")}, "rounded up to a multiple of ¥0.50"),
    ({"overstay": "one_stay"}, "later the whole stay is charged, less what was paid"),
    ({"overstay": "from_payment"}, "goes on from the time of payment"),
    ({"overstay": "from_grace_end"}, "after that charging begins anew"),
    ({"reentry_minutes": 10}, "comes back within 10 minutes goes on"),
]


@pytest.mark.parametrize(("fields", "said"), RULES)
def test_rules_in_words(fields: dict[str, Any], said: str) -> None:
    """Each rule of a version is a sentence, and another rule is another sentence."""
    tariff = example()
    version = msgspec.structs.replace(tariff.versions[0], **fields)
    assert said in " ".join(prose.rules(tariff, version, "en"))
    for language in BOTH:
        assert not any("tariff." in sentence for sentence in prose.rules(tariff, version, language))


def test_summer_time() -> None:
    """Where the clock changes, the sign says what that does to the price; where it does not, it says nothing."""
    berlin = example(next(path for path in EXAMPLES if path.stem == "museum-berlin"))
    assert any("winter and summer time" in each for each in prose.rules(berlin, berlin.versions[0], "en"))
    assert not any("summer" in each for each in prose.rules(example(), example().versions[0], "en"))


def test_no_free_time_and_no_lost_ticket_fee() -> None:
    """What a tariff does not have is said as well."""
    tariff = example()
    version = msgspec.structs.replace(tariff.versions[0], free_minutes=0, lost_ticket_minor=None)
    assert prose.free_time(version, "en") == "There is no free time."
    assert prose.lost_ticket(tariff, version, "en") == "Please ask the staff."
    nothing = Concession(id="x", name={}, classes=("small",))
    assert prose.concession(nothing, version, "en") == "as others"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_pdf(path: Path, paper: str) -> None:
    """The PDF is one page of the paper asked for, with its font in it: only some characters, and a map back to text."""
    content = pdf(notice(example(path)), BOTH, CHINESE_FONT, paper)
    assert re.search(rb"/Count 1\b", content)
    assert re.search(rb"/FontFile2 \d+ 0 R", content)
    assert re.search(rb"/FontName /[A-Z]{6}\+", content)
    assert re.search(rb"/MediaBox \[0 0 %s" % (b"595" if paper == "A4" else b"841"), content)
    assert len(content) < 200_000


def test_text_of_pdf() -> None:
    """The characters of the notice can be copied out of the PDF: its map names each of them."""
    content = pdf(notice(example()), BOTH, CHINESE_FONT)
    known = {int(code, 16) for code in re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]{4})>", content)}
    assert {ord(character) for character in "人民广场停车收费公示牌¥123456780〔〕"} <= known


def test_no_font(tmp_path: Path) -> None:
    """A font that is not there is an error, not a sign full of boxes."""
    with pytest.raises(OSError, match="No such file"):
        pdf(notice(example()), BOTH, tmp_path / "no.ttc")
