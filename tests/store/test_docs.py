"""What docs/journal.md promises to its readers is so."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from terminal.store.audit import audit
from terminal.store.journal import Journal
from tests.store.workload import journal_file, write

TEXT = (Path(__file__).parents[2] / "docs" / "journal.md").read_text(encoding="utf-8")


def test_every_table_and_view_is_described(tmp_path: Path) -> None:
    """A table without its line in the documentation fails here; so does a line without its table."""
    connection = sqlite3.connect(journal_file(tmp_path, 1))
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
    connection.close()
    chapter = TEXT.split("## Tables")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", chapter, re.MULTILINE)) == names


def test_the_chain_can_be_verified_without_this_program(tmp_path: Path) -> None:
    """The published few lines of Python accept a sound journal, with the head that the journal has."""
    path = journal_file(tmp_path, 14)
    (program,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    connection = sqlite3.connect(path)
    (head,) = connection.execute("SELECT hash FROM events WHERE seq = 14").fetchone()
    connection.close()
    assert head.hex() in told.stdout


def test_a_copy_is_made_while_the_terminal_runs(tmp_path: Path) -> None:
    """`VACUUM INTO` from a read-only connection gives one whole file that audits clean."""
    journal = Journal.open(tmp_path / "journal.db")
    write(journal, 14)
    reader = sqlite3.connect(f"file:{journal.path}?mode=ro", uri=True)
    reader.execute(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
    reader.close()
    write(journal, 1)
    journal.close()
    copied = audit(tmp_path / "copy.db")
    assert (copied.ok, copied.events) == (True, 14)
