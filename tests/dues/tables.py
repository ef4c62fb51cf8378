"""Small tables of accounts and charges, as an office writes them, and a journal with rows of dues."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from terminal.dues.columns import Kind
from terminal.dues.importing import Draft, drafted
from terminal.dues.ledger import Ledger
from terminal.store.journal import Journal

ACCOUNTS = """户号,房号,楼栋,面积,业主
A-1,101,1栋,89.37,张三
A-2,102,1栋,120,李四
B-1,101,2栋,75.5,王五
"""
CHARGES = """户号,项目,起,止,应缴日,金额
A-1,物业费,2026-01-01,2026-01-31,2026-01-10,254.70
A-2,物业费,2026-01-01,2026-01-31,2026-01-10,342.00
A-1,押金,,,2026-01-05,2000
"""


def write(path: Path, content: str | bytes) -> Path:
    """A file with this content."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def take(ledger: Ledger, path: Path, content: str | bytes, kind: Kind | None = None) -> Draft:
    """Imports a table; the draft is for its summary."""
    with drafted(ledger, write(path, content), "CNY", kind) as draft:
        draft.apply("test", 1_767_225_600_000)
    return draft


def journal_with(path: Path, rows: Iterable[tuple[int, str, int, int]]) -> Path:
    """A journal whose books have these rows of dues: moment, key, principal, late fee."""
    Journal.open(path).close()
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(
            "INSERT INTO dues_paid (seq, sale_no, at_ms, charge_key, amount_minor, late_minor) VALUES (1, 1, ?, ?, ?, ?)",
            rows,
        )
    connection.close()
    return path
