"""`fee-terminal tariff …` and `fee-terminal sign`, from their arguments to what they print, write and answer."""

import argparse
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from terminal.commands import tariff as commands
from terminal.errors import ConfigError

EXAMPLES = Path(__file__).parents[1] / "docs/examples/tariffs"
SUSPICIOUS = """
kind = "schedule"
title = { zh-CN = "停车场", en = "Car park" }
currency = "CNY"
timezone = "Asia/Shanghai"
[[classes]]
id = "car"
name = { zh-CN = "小型车", en = "Car" }
[[versions]]
valid_from = "2026-01-01"
period_cap_minor = 4000
lost_ticket_minor = 3000
overstay = "from_payment"
[[versions.rates]]
name = { zh-CN = "标准", en = "Standard" }
units = [{ minutes = 60, minor = 500 }]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the examples in it, from where files are named as users name them."""
    for path in EXAMPLES.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "t.toml").write_text(SUSPICIOUS, "utf-8")
    (tmp_path / "parking.toml").write_text(
        'kind = "parking"\nfree_minutes = 15\nper_hour_minor = 500\nday_cap_minor = 4000\n'
    )
    (tmp_path / "bad.toml").write_text(SUSPICIOUS.replace("minutes = 60", "minutes = 0"), "utf-8")
    monkeypatch.chdir(tmp_path)


def run(*argv: str) -> int:
    """The exit status of one command line."""
    parser = argparse.ArgumentParser(prog="fee-terminal")
    commands.add_to(parser.add_subparsers(dest="name", required=True))
    args = parser.parse_args(argv)
    command: Callable[[argparse.Namespace], int] = args.command
    return command(args)


def test_check(capsys: pytest.CaptureFixture[str]) -> None:
    """Findings are lines with file, key and reason, then their number; the status is 1."""
    assert run("tariff", "check", "t.toml") == 1
    assert capsys.readouterr().out.splitlines() == [
        "t.toml: versions[0].lost_ticket_minor: is less than period_cap_minor (40.00): drivers would lose their tickets",
        "t.toml: versions[0].overstay: has no meaning: with exit_grace_minutes = 0 a car that has paid may stay as long as "
        "it likes",
        "t.toml: 2 findings",
    ]


def test_check_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the findings come as data on one line."""
    assert run("tariff", "check", "--json", "t.toml") == 1
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert found["file"] == "t.toml"
    assert [finding["kind"] for finding in found["findings"]] == ["lost_ticket", "grace"]
    assert set(found["findings"][0]) == {"key", "kind", "text"}


@pytest.mark.parametrize("file", ["simple.toml", "parking.toml"])
def test_check_without_findings(capsys: pytest.CaptureFixture[str], file: str) -> None:
    """A tariff without findings says so, and the status is 0."""
    assert run("tariff", "check", file) == 0
    assert capsys.readouterr().out == f"{file}: no findings\n"


@pytest.mark.parametrize("argv", [("tariff", "check"), ("tariff", "chart"), ("tariff", "table"), ("sign",)])
def test_wrong_file(argv: tuple[str, ...]) -> None:
    """A wrong file is a configuration error, which the command line turns into status 2."""
    with pytest.raises(
        ConfigError, match=r"^bad\.toml: versions\[0\]\.rates\[0\]\.units\[0\]\.minutes: must be at least 1"
    ):
        run(*argv, "bad.toml")
    with pytest.raises(ConfigError, match=r"^no\.toml: can not be read"):
        run(*argv, "no.toml")


PAPERS = ("--pad", "A", "--first", "101", "--last", "125")


@pytest.mark.parametrize(
    "argv", [("tariff", "chart"), ("tariff", "table"), ("tariff", "emergency", *PAPERS), ("sign",)]
)
def test_other_kind(argv: tuple[str, ...]) -> None:
    """A plain parking tariff has nothing to show."""
    with pytest.raises(ConfigError, match=r"^parking\.toml: kind: must be schedule"):
        run(*argv, "parking.toml")


def test_chart(capsys: pytest.CaptureFixture[str]) -> None:
    """The chart goes to standard output, or to a file; one of another class is another chart."""
    assert run("tariff", "chart", "museum-berlin.toml", "--language", "en") == 0
    out = capsys.readouterr().out
    assert ElementTree.fromstring(out).tag.endswith("svg")
    assert "Car · prices from 2026-04-01" in out
    assert run("tariff", "chart", "museum-berlin.toml", "--language", "en", "--class", "motorcycle", "-o", "m.svg") == 0
    assert capsys.readouterr().out == ""
    assert "Motorcycle · " in Path("m.svg").read_text("utf-8")


def test_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The table has all vehicle classes, or the one asked for, of the version in force on a date."""
    assert run("tariff", "table", "lot-a.toml", "--class", "large", "--language", "en", "--on", "2026-03-01") == 0
    spring = capsys.readouterr().out
    assert "Prices from 2026-01-01" in spring
    assert "Large vehicle: " in spring and "Small" not in spring
    assert run("tariff", "table", "lot-a.toml", "--on", "2026-09-01") == 0
    autumn = capsys.readouterr().out
    assert "自 2026-09-01 起执行" in autumn
    assert "小型车：" in autumn and "大型车：" in autumn


def test_unknown_class() -> None:
    """A vehicle class that the tariff does not have is told with those that it has."""
    with pytest.raises(ConfigError, match=r'^--class: must be one of small, large, green \(is "bus"\)$'):
        run("tariff", "table", "lot-a.toml", "--class", "bus")


def test_emergency(capsys: pytest.CaptureFixture[str]) -> None:
    """The sheet goes to standard output as a page, or to the files that are named."""
    assert run("tariff", "emergency", "lot-a.toml", *PAPERS, "--class", "large") == 0
    out = capsys.readouterr().out
    assert "票据本 A  101–125 号" in out and "大型车" in out and "小型车：" not in out
    assert (
        run("tariff", "emergency", "lot-a.toml", *PAPERS, "--language", "en", "--html", "e.html", "--pdf", "e.pdf") == 0
    )
    assert capsys.readouterr().out == ""
    assert "pad A, 101–125" in Path("e.html").read_text("utf-8")
    assert Path("e.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("first", "last"), [("125", "101"), ("0", "10"), ("1", "1001")])
def test_papers_that_no_pad_has(first: str, last: str) -> None:
    """A range that could not be registered as a pad is told in one line."""
    with pytest.raises(ConfigError, match=r"^--last: must be from --first on, at most 1000 papers"):
        run("tariff", "emergency", "simple.toml", "--pad", "A", "--first", first, "--last", last)


@pytest.mark.parametrize("name", ["emergency", "sign"])
def test_pdf_without_font(name: str) -> None:
    """A font that is not there is told in one line."""
    argv = ("tariff", "emergency", *PAPERS) if name == "emergency" else ("sign",)
    with pytest.raises(ConfigError, match=r"^--font: no\.ttc can not be read: No such file"):
        run(*argv, "simple.toml", "--pdf", "s.pdf", "--font", "no.ttc")
    assert not Path("s.pdf").exists()


def test_sign(capsys: pytest.CaptureFixture[str]) -> None:
    """The sign goes to standard output as a page, or to the files that are named; it carries today's date."""
    assert run("sign", "simple.toml") == 0
    out = capsys.readouterr().out
    assert out.startswith("<!DOCTYPE html>")
    assert "便民停车场" in out and "Neighbourhood car park" in out
    assert f"Notice made on {date.today().isoformat()}" in out
    assert run("sign", "simple.toml", "--html", "s.html", "--pdf", "s.pdf", "--language", "en") == 0
    assert capsys.readouterr().out == ""
    assert "便民停车场" not in Path("s.html").read_text("utf-8")
    assert Path("s.pdf").read_bytes().startswith(b"%PDF")


def test_output_that_can_not_be_written() -> None:
    """A file that can not be written is told in one line."""
    with pytest.raises(ConfigError, match=r"^no/t\.svg: can not be written: No such file"):
        run("tariff", "chart", "simple.toml", "-o", "no/t.svg")


@pytest.mark.parametrize("argv", [("tariff",), ("sign",), ("tariff", "chart", "simple.toml", "--on", "2026-02-30")])
def test_wrong_use(argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong use ends with status 2, as argparse has it."""
    with pytest.raises(SystemExit) as ended:
        run(*argv)
    assert ended.value.code == 2
