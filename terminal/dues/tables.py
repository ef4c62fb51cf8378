"""Table files: from a CSV or XLSX file to rows of cells, one at a time, whatever is in the file.

What a file is shows in its first bytes, not in its name. A CSV file is UTF-8 if all of it is, else GB18030 if all of it is; its
separator is the one of `,` `;` and tab that its first line has most of. Everything is bounded before it is read: the file, what
a spreadsheet unpacks to (a small file can hold gigabytes of zeros), rows, columns, the length of a line. Macros and formulas are
never run; of a formula the value counts that was saved with it.
"""

import codecs
import csv
import hashlib
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, TextIOWrapper
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

from terminal.errors import FeeTerminalError

MAX_ROWS = 200_000
MAX_COLUMNS = 64
MAX_LINE = 10_000
"""Characters of a line of CSV."""
MAX_BYTES = 64 << 20
MAX_UNPACKED = 256 << 20
MAX_TEXTS = 64 << 20
"""Of the texts of a spreadsheet, which have to be held in memory."""

SEPARATORS = ",;\t"
PIECE = 1 << 16


class Flaw(NamedTuple):
    """What is wrong, and where; row 0: with the file as a whole, column "": with the whole row."""

    row: int
    column: str
    reason: str


class TableRefused(FeeTerminalError):
    """A file that is not taken; nothing of it is. `str()` is a line for each flaw that was found."""

    def __init__(self, file: str, flaws: list[Flaw], more: bool = False) -> None:
        lines = [
            ": ".join(filter(None, (file, f"row {row}" if row else "", column, why))) for row, column, why in flaws
        ]
        super().__init__("\n".join([*lines, f"{file}: and perhaps more; nothing was imported"] if more else lines))
        self.flaws = tuple(flaws)


class Table(NamedTuple):
    """An open file: what it is, and its rows, the first of them the header. Rows are numbered as a spreadsheet does, from 1."""

    form: str
    """`UTF-8`, `GB18030` or `XLSX`."""
    sha256: str
    total: int
    """About how many rows there are; 0: not known."""
    rows: Iterator[tuple[int, list[Any]]]


@contextmanager
def opened(path: Path) -> Iterator[Table]:
    """The table in a file. Raises `TableRefused`, also while its rows are read."""
    try:
        with path.open("rb") as file:
            if path.stat().st_size > MAX_BYTES:
                raise _refused(path, f"larger than {MAX_BYTES >> 20} MiB")
            start = file.read(8)
            file.seek(0)
            form = _spreadsheet if start.startswith(b"PK\x03\x04") else _text_table
            with form(path, file) as table:
                yield table
    except OSError as error:
        raise _refused(path, f"can not be read: {error.strerror or error}") from None


def _refused(path: Path, reason: str, row: int = 0) -> TableRefused:
    return TableRefused(str(path), [Flaw(row, "", reason)])


# --- CSV ------------------------------------------------------------------------------------------------------------
@contextmanager
def _text_table(path: Path, file: BufferedReader) -> Iterator[Table]:
    start = file.read(8)
    file.seek(0)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refused(path, "an old or encrypted spreadsheet; save it as XLSX without a password, or as CSV")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _refused(path, "written as UTF-16; save it as CSV UTF-8")
    sha256, lines, encoding = _looked_through(path, file)
    file.seek(0)
    text = TextIOWrapper(file, encoding, newline="")
    try:
        yield Table(encoding.upper().removesuffix("-SIG"), sha256, lines, _csv_rows(path, text))
    finally:
        text.detach()  # the file is closed by whoever opened it


def _looked_through(path: Path, file: BufferedReader) -> tuple[str, int, str]:
    """The fingerprint of a file, its number of lines, and the first encoding that all of it fits."""
    digest, lines = hashlib.sha256(), 0
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    ended = False
    while not ended:
        piece = file.read(PIECE)
        ended = not piece
        digest.update(piece)
        lines += piece.count(b"\n")
        for name, decoder in tuple(decoders.items()):
            try:
                decoder.decode(piece, ended)
            except UnicodeDecodeError:
                del decoders[name]
    if not decoders:
        raise _refused(path, "neither UTF-8 nor GB18030; save it as CSV UTF-8")
    return digest.hexdigest(), lines, next(iter(decoders))


def _csv_rows(path: Path, text: TextIOWrapper) -> Iterator[tuple[int, list[Any]]]:
    first = text.readline(MAX_LINE + 1)
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(chain([first], _lines(path, text)), delimiter=separator, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _refused(path, f"not written as CSV ({error})", reader.line_num) from None
        yield reader.line_num, cells


def _lines(path: Path, text: TextIOWrapper) -> Iterator[str]:
    for number in count(2):
        line = text.readline(MAX_LINE + 1)
        if len(line) > MAX_LINE:
            raise _refused(path, f"longer than {MAX_LINE} characters", number)
        if not line:
            return
        yield line


# --- XLSX -----------------------------------------------------------------------------------------------------------
@contextmanager
def _spreadsheet(path: Path, file: BufferedReader) -> Iterator[Table]:
    """The first sheet of a workbook."""
    _expect_bounded(path, file)
    file.seek(0)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise _refused(path, "spreadsheets need the package openpyxl; save it as CSV") from None
    # Whatever a broken workbook makes the package raise (it has no list of that), the file is refused.
    try:
        with _quiet():
            book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheet: Any = book.worksheets[0]
            total = sheet.max_row or 0
            sheet.reset_dimensions()  # what a file says of its size need not be true
    except Exception as error:
        raise _refused(path, f"can not be read as a spreadsheet ({_brief(error)})") from None
    try:
        yield Table("XLSX", sha256, total, _sheet_rows(path, sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)))
    finally:
        book.close()


def _expect_bounded(path: Path, file: BufferedReader) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise _refused(path, "can not be read as a spreadsheet (a broken archive)") from None
    # What a part says of its size is all that is ever unpacked of it.
    if sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _refused(path, f"unpacks to more than {MAX_UNPACKED >> 20} MiB")
    if any(part.filename.endswith("sharedStrings.xml") and part.file_size > MAX_TEXTS for part in parts):
        raise _refused(path, f"has more than {MAX_TEXTS >> 20} MiB of texts")


def _sheet_rows(path: Path, rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, list[Any]]]:
    number = 0
    while True:
        try:
            with _quiet():
                cells = next(rows, None)
        except Exception as error:
            raise _refused(path, f"can not be read as a spreadsheet ({_brief(error)})", number + 1) from None
        if cells is None:
            return
        number += 1
        yield number, list(cells)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the package's warnings about what it leaves out (styles, validations, charts)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _brief(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}".splitlines()[0][:80]
    return "".join(char if char.isprintable() else "?" for char in text)
