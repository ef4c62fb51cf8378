"""The property company's office of a virtual world: a ledger of dues, made once in a folder of its own and never changed.

The ledger is a file beside the journal that the terminal only reads, so it needs no disk that forgets.
"""

import atexit
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from terminal.dues.importing import drafted
from terminal.dues.ledger import FILE, Ledger

ACCOUNTS = tuple(f"A-{number}" for number in range(1, 41))
CHARGES_MINOR = {"property": 1200, "water": 366}
"""What each account was billed for January; nobody pays more for being late."""


@cache
def ledger() -> Path:
    """Where the ledger is, in this process."""
    folder = TemporaryDirectory(prefix="fee-terminal-office-")
    atexit.register(folder.cleanup)
    at = Path(folder.name)
    accounts = "".join(f"{account},101,1,90,Zhang\n" for account in ACCOUNTS)
    charges = "".join(
        f"{account},{item},2026-01-01,2026-01-31,2026-02-10,{minor / 100:.2f}\n"
        for account in ACCOUNTS
        for item, minor in CHARGES_MINOR.items()
    )
    with closing(Ledger.open_writer(at / FILE)) as made:
        for head, rows in (
            ("account,unit,block,area,payer\n", accounts),
            ("account,item,from,to,due,amount\n", charges),
        ):
            table = at / "table.csv"
            table.write_text(head + rows)
            with drafted(made, table, "CNY") as draft:
                draft.apply("office", 1)
    return at / FILE
