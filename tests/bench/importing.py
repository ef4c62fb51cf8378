"""Import of 100 000 accounts, and of a charge for each, against bare `executemany` of the same rows.

Ours reads CSV, checks each cell, stages, compares with the ledger, looks for gaps, and writes behind triggers, in one
transaction. The limit is one `executemany` of the finished rows into the same tables without triggers, with the same pragmas
and one commit. Each round is a process of its own, which also says the most memory that it ever had (VmHWM; `ru_maxrss` would
include that of the process it was started from).
"""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

from terminal.dues.importing import drafted
from terminal.dues.ledger import FILE, SCRIPTS, Ledger
from terminal.store.migrations import migrate
from terminal.store.sqlite import PRAGMAS
from tests.bench.measure import Finding, Say

ACCOUNTS = 100_000
ROUNDS = 3
MEMORY_AIM_MB = 80.0
TRIGGERS = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"


def accounts() -> Iterator[tuple[str, str, str, int, str]]:
    """The rows of the ledger; `area` in hundredths."""
    for number in range(ACCOUNTS):
        block, unit = divmod(number, 120)
        yield (
            f"{block}-{unit}",
            f"{unit // 4 + 1:02}0{unit % 4 + 1}",
            f"{block}栋",
            8_000 + number % 7_000,
            f"业主{number}",
        )


def charges() -> Iterator[tuple[str, str, str, str, str, str, int]]:
    """A month of each account."""
    for account_id, _, _, area, _ in accounts():
        yield account_id, "property", "2026-01-01", "2026-01-01", "2026-01-31", "2026-01-31", area * 285 // 100


def write_tables(folder: Path) -> None:
    """The two tables, as an office would save them."""
    with (folder / "accounts.csv").open("w", encoding="utf-8") as file:
        file.write("户号,房号,楼栋,面积,业主\n")
        file.writelines(
            f"{id_},{unit},{block},{area / 100:.2f},{payer}\n" for id_, unit, block, area, payer in accounts()
        )
    with (folder / "charges.csv").open("w", encoding="utf-8") as file:
        file.write("户号,项目,起,止,应缴日,金额\n")
        file.writelines(
            f"{id_},物业费,{begins},{ends},{due},{amount / 100:.2f}\n"
            for id_, _, _, begins, ends, due, amount in charges()
        )


def ours(folder: Path) -> list[float]:
    """Seconds for each of the two imports."""
    times = []
    with closing(Ledger.open_writer(folder / FILE)) as ledger:
        for name in ("accounts.csv", "charges.csv"):
            began = time.perf_counter()
            with drafted(ledger, folder.parent / name, "CNY") as draft:
                draft.apply("bench", 0)
            times.append(time.perf_counter() - began)
    return times


def bare(folder: Path) -> list[float]:
    """The same of `executemany` alone."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    migrate(connection, 0, 0, SCRIPTS)
    for (name,) in connection.execute(TRIGGERS).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    for name, value, _ in PRAGMAS:
        connection.execute(f"PRAGMA {name}={value}")
    connection.execute("INSERT INTO batches VALUES (1, 0, 'bench', 'bench', hex(zeroblob(32)), 'accounts', 0)")
    times = []
    for sql, rows in (
        ("INSERT INTO accounts VALUES (?, 1, ?, ?, ?, ?)", list(accounts())),
        ("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?, ?, 1)", list(charges())),
    ):
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(sql, rows)
        connection.execute("COMMIT")
        list(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"))
        times.append(time.perf_counter() - began)
    connection.close()
    return times


def idle(folder: Path) -> list[float]:
    """A process that imports all these modules and does nothing."""
    return [0.0, 0.0]


RUNS = {"ours": ours, "bare": bare, "idle": idle}


def in_a_process(name: str, folder: Path) -> tuple[list[float], float]:
    """One round: its times in seconds, and its peak memory in MB (10^6 bytes)."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.bench.importing", name, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    times, peak = json.loads(done.stdout)
    return times, peak


def bench(folder: Path, say: Say) -> list[Finding]:
    """Accounts, charges, and memory."""
    write_tables(folder)
    figures: dict[str, list[tuple[list[float], float]]] = {name: [] for name in RUNS}
    order = list(RUNS)
    for number in range(ROUNDS + 1):
        say(f"round {number} of {ROUNDS}")
        for name in order:
            figures[name].append(in_a_process(name, folder / f"{name}-{number}"))
        order.reverse()
    findings = []
    for place, what in enumerate(("accounts", "charges")):
        own, limit = (median(times[place] for times, _ in figures[name][1:]) for name in ("ours", "bare"))
        against = "bare executemany of the same rows"
        findings.append(Finding(f"import of {ACCOUNTS:,} {what}", "s", own, limit, against, "", None))
    peak, idle_peak = (median(memory_mb for _, memory_mb in figures[name][1:]) for name in ("ours", "idle"))
    findings.append(
        Finding(
            "peak memory of both imports", "MB", peak, idle_peak, "the same process doing nothing",
            f"<= {MEMORY_AIM_MB:g} MB", peak <= MEMORY_AIM_MB,
        )
    )  # fmt: skip
    return findings


def peak_mb() -> float:
    """The most memory that this process ever had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps([RUNS[sys.argv[1]](Path(sys.argv[2])), peak_mb()]))
