"""Texts and pictures in the documentation that our own commands make, so that they can not drift.

In a Markdown file a comment says where the fenced block behind it comes from:

    <!-- made by: fee-terminal diagram -->                        what the command prints
    <!-- shown by: fee-terminal quote stay:noon -c k01.toml -->   the command itself, and all that it says
    <!-- file: tests/fees/cases/hourly.table -->                  the file, word for word

and a picture may have been drawn:

    <!-- drawn by: fee-terminal tariff chart lot-a.toml -->
    ![…](pictures/lot-a.en.svg)

Commands that are shown or draw run in a folder with the example tariffs and the journal of `rehearsal.py`. `scripts/docs.py`
writes everything anew, or the documents that are named; with `--check` it changes nothing, names the stale files and ends with 1.
"""

import atexit
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BLOCK = re.compile(
    r"(<!-- (made by|shown by|file): ([^\n]+) -->\n```\w*\n)(.*?)(^```$)",
    re.DOTALL | re.MULTILINE,
)
PICTURE = re.compile(r"<!-- drawn by: ([^\n]+) -->\n!\[[^\n]*\]\(([^)\n]+)\)")


def documents() -> list[Path]:
    """All Markdown files that people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@cache
def rehearsal() -> Path:
    """The folder in which examples are tried."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    subprocess.run([sys.executable, ROOT / "scripts" / "rehearsal.py", folder], check=True)
    return folder


def run(command: str, folder: Path, *, check: bool = True) -> str:
    """What one of our own commands prints; if it may fail, also what it complains about."""
    program, *arguments = shlex.split(command)
    assert program.startswith("fee-terminal"), command
    stderr = None if check else subprocess.STDOUT
    done = subprocess.run(
        [BIN / program, *arguments], check=check, text=True, stdout=subprocess.PIPE, stderr=stderr, cwd=folder
    )
    return done.stdout.rstrip("\n") + "\n"


SOURCES: dict[str, Callable[[str], str]] = {
    "made by": lambda command: run(command, ROOT),
    "shown by": lambda command: f"$ {command}\n{run(command, rehearsal(), check=False)}",
    "file": lambda path: (ROOT / path).read_text("utf-8").rstrip("\n") + "\n",
}
"""What a block holds, by the words of its comment."""


def renewed(text: str) -> str:
    """The same document with every made block as its source gives it now."""
    return BLOCK.sub(lambda block: block[1] + SOURCES[block[2]](block[3]) + block[5], text)


def pictures(document: Path, text: str) -> dict[Path, str]:
    """The pictures of a document as their commands draw them now, by their files."""
    drawn = [(document.parent / picture[2], picture[1]) for picture in PICTURE.finditer(text)]
    return {path.resolve(): run(command, rehearsal()) for path, command in drawn}


def main(check: bool, asked: list[Path]) -> int:
    """Renews documents (those that are asked for, or all) and their pictures, or tells which are stale."""
    stale = 0
    for document in asked or documents():
        text = document.read_text("utf-8")
        now = {document: renewed(text)} | pictures(document, text)
        for path in [path for path, new in now.items() if not path.exists() or path.read_text("utf-8") != new]:
            stale += 1
            if check:
                print(f"{path.relative_to(ROOT)}: stale, write it anew with: make docs", file=sys.stderr)
            else:
                path.write_text(now[path], "utf-8")
                print(f"{path.relative_to(ROOT)}: written anew")
    return 1 if check and stale else 0


if __name__ == "__main__":
    given = [Path(name).resolve() for name in sys.argv[1:] if name != "--check"]
    sys.exit(main("--check" in sys.argv[1:], given))
