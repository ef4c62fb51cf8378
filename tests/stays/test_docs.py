"""The guide for those who send reports: its examples are reports, its signing is ours, nothing is left out."""

import hashlib
import hmac
import json
import re
import subprocess
from pathlib import Path

import msgspec

from terminal.pay.signing import sign
from terminal.stays.reports import AnyReport, read_report

KEY = b"sixteen bytes at least"
GUIDE = (Path(__file__).parents[2] / "docs" / "stays.md").read_text("utf-8")
NOW_MS = 1_767_230_000_000


def block(language: str, number: int = 0) -> str:
    """A fenced block of the guide."""
    return str(re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)[number])


def test_every_kind_has_an_example() -> None:
    """Each example is read, and there is one of each kind."""
    examples = [read_report(sign(KEY, line).encode(), KEY, NOW_MS) for line in block("json").splitlines()]
    assert {type(example) for example in examples} == set(AnyReport.__args__)


def test_every_key_is_explained() -> None:
    """The table of kinds names each key of each."""
    for kind in AnyReport.__args__:
        info = msgspec.inspect.type_info(kind)
        assert isinstance(info, msgspec.inspect.StructType)
        row = next(
            line for line in GUIDE.splitlines() if line.startswith("| `") and f"`{info.tag}`" in line.split("|")[1]
        )
        for field in info.fields:
            assert field.encode_name == "id" or f"`{field.encode_name}`" in row


def test_signing_in_python() -> None:
    """The three lines of the guide make what we read."""
    found = {
        "json": json,
        "hmac": hmac,
        "hashlib": hashlib,
        "key": KEY,
        "report": json.loads(block("json").splitlines()[0]),
    }
    exec(block("python"), found)
    assert read_report(found["signed"], KEY, NOW_MS)


def test_signing_in_a_shell() -> None:
    """So does its one line of shell."""
    text = block("json").splitlines()[1]
    made = subprocess.run(
        ["sh", "-c", block("sh")],
        env={"text": text, "key": KEY.decode(), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert made.stdout == sign(KEY, text).encode()


def test_every_reason_is_explained() -> None:
    """The reasons that the reader of reports has are those of the table."""
    source = (Path(__file__).parents[2] / "terminal" / "stays" / "reports.py").read_text("utf-8")
    table = GUIDE.partition("## What is refused")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert set(rows) == set(re.findall(r'CodeError\("(\w+)"\)', source))
