"""Texts in the documentation that our own commands make, so that they can not drift.

In a Markdown file a comment names the command, and the fenced block behind it is what the command prints:

    <!-- made by: fee-terminal diagram -->
    ```mermaid
    …
    ```

`scripts/docs.py` writes all such blocks anew; with `--check` it changes nothing, names the stale files and ends with 1.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BLOCK = re.compile(
    r"(<!-- made by: (fee-terminal[a-z-]*(?: [^\n]*)?) -->\n```\w*\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE
)


def documents() -> list[Path]:
    """All Markdown files that people read."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def output_of(command: str) -> str:
    """What one of our own commands prints."""
    program, *arguments = shlex.split(command)
    done = subprocess.run([BIN / program, *arguments], check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.rstrip("\n") + "\n"


def renewed(text: str) -> str:
    """The same document with every made block as its command prints it now."""
    return BLOCK.sub(lambda block: block[1] + output_of(block[2]) + block[4], text)


def main(check: bool) -> int:
    """Renews all documents, or tells which are stale."""
    stale = [path for path in documents() if renewed(text := path.read_text("utf-8")) != text]
    for path in stale:
        if check:
            print(f"{path.relative_to(ROOT)}: stale, write it anew with: make docs", file=sys.stderr)
        else:
            path.write_text(renewed(path.read_text("utf-8")), "utf-8")
            print(f"{path.relative_to(ROOT)}: written anew")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
