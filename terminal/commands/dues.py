"""`fee-terminal dues …` and `fee-terminal report collection`: what is billed, imported, owed, printed on bills, and collected.

The ledger is a file of its own, so that all of this can be done while the terminal sells.
"""

import argparse
import csv
import getpass
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from terminal.config import Config, load
from terminal.dues.ledger import FILE, Ledger
from terminal.errors import ConfigError
from terminal.fees.dues import Charge, DuesRules, Paid, Standing, date_of, key_range, paid_at, quote, standing
from terminal.fees.explain import explain
from terminal.money import figures, with_symbol
from terminal.pay.bills import make_bill
from terminal.store.journal import FILE as JOURNAL
from terminal.store.journal import Reader
from terminal.words import CATALOGUES, say

DONE, FINDING, WRONG_USE = 0, 1, 2

WHAT = {"new_account": "new account", "changed_account": "account changed", "new_charge": "new charge"}


def take(args: argparse.Namespace) -> int:
    """import a table of accounts or charges (CSV or XLSX), or show what that would change"""
    from terminal.dues.importing import drafted
    from terminal.dues.tables import TableRefused

    config = load(args.config)
    try:
        with (
            closing(_ledger_for_import(config, args.dry_run)) as ledger,
            drafted(ledger, args.table, config.terminal.currency, args.kind, _progress()) as draft,
        ):
            if args.dry_run:
                for change in draft.changes():
                    print(_told(change.row, WHAT[change.what], change.key, change.fields))
            batch = None if args.dry_run else draft.apply(_who(args), time.time_ns() // 1_000_000)
            found = draft.summary
    except TableRefused as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    changes = f"{found.new} new, {found.changed} changed, {found.known} known already"
    amount = f", {figures(found.amount_minor, config.terminal.currency)} in all" if found.kind == "charges" else ""
    done = "nothing written (dry run)" if args.dry_run else f"batch {batch}" if batch else "nothing to write"
    print(f"{args.table}: {found.kind}, {found.form}: {changes}{amount}; {done}")
    return DONE


def owed(args: argparse.Namespace) -> int:
    """what an account owes, line by line"""
    config = load(args.config)
    language, of = args.language or config.terminal.language, config.terminal
    with closing(Ledger.open_reader(of.data_dir / FILE)) as ledger:
        found = ledger.owed_facts(args.account)
        if found is None:
            raise ConfigError("ACCOUNT", "", f"{args.account} is not known to the ledger")
        account, charges = found
    now = standing(charges, _paid(config, args.account), _date(args.at, config), _rules(config))
    bill = quote(now.owed, now.credit_minor)
    if args.json:
        answer = {"account": account, "due_minor": bill.due_minor, "credit_minor": now.credit_minor, "owed": now.owed}
        print(msgspec.json.encode({**answer, "lines": bill.lines, "currency": of.currency}).decode())
        return DONE
    print(", ".join(filter(None, (account.account_id, account.block, account.unit, account.payer))))
    for line in bill.lines:
        print(f"{with_symbol(line.amount_minor, of.currency):>14}  {explain(line, language, of.currency, of.timezone)}")
    print(f"{with_symbol(bill.due_minor, of.currency):>14}  {say(language, 'line.due')}")
    return DONE


def code(args: argparse.Namespace) -> int:
    """the code on the bill of an account"""
    config = load(args.config)
    with closing(Ledger.open_reader(config.terminal.data_dir / FILE)) as ledger:
        if ledger.owed_facts(args.account) is None:
            raise ConfigError("ACCOUNT", "", f"{args.account} is not known to the ledger")
    print(make_bill(config.ticket_key, args.account))
    return DONE


def bills(args: argparse.Namespace) -> int:
    """a table of all accounts that owe anything, with their codes, for printing bills (CSV)"""
    config = load(args.config)
    today = _date(args.at, config)
    with closing(Ledger.open_reader(config.terminal.data_dir / FILE)) as ledger:
        accounts = ledger.rows("SELECT account_id FROM accounts_now ORDER BY block, unit, account_id")
        rows = _bills(config, ledger, (row[0] for row in accounts), today)
        if args.output is None:
            _write_bills(sys.stdout, rows)
            return DONE
        try:
            with args.output.open("w", encoding="utf-8-sig", newline="") as file:
                _write_bills(file, rows)
        except OSError as error:
            raise ConfigError(str(args.output), "", f"can not be written: {error.strerror}") from None
    return DONE


def give_back(args: argparse.Namespace) -> int:
    """note that a deposit went back to its payer"""
    config = load(args.config)
    account_id = args.charge.partition("/")[0]
    with closing(Ledger.open_writer(config.terminal.data_dir / FILE)) as ledger:
        found = ledger.owed_facts(account_id)
        charge = next((charge for charge in (found[1] if found else ()) if charge.key == args.charge), None)
        if charge is None:
            raise ConfigError("CHARGE", "", f"{args.charge} is not known to the ledger")
        paid_minor = _principal_paid(config, charge, found[1] if found else ())
        ledger.return_deposit(charge, paid_minor, _who(args), time.time_ns() // 1_000_000)
    print(f"{args.charge}: {with_symbol(paid_minor, config.terminal.currency)} returned")
    return DONE


def collection(args: argparse.Namespace) -> int:
    """how much of what was billed is collected (收缴率), and of old arrears recovered (清欠率)"""
    from terminal.dues.rates import as_text, books_rows, report

    config = load(args.config)
    of = config.terminal
    today = _date(args.at, config)
    year = args.year or int(today[:4])
    at = min(today, f"{year}-12-31")
    with closing(Ledger.open_reader(of.data_dir / FILE)) as ledger:
        paid = books_rows(ledger, of.data_dir / JOURNAL, of.timezone)
        found = report(ledger, paid, _rules(config), year, at, args.by)
    if args.json:
        print(msgspec.json.encode(found).decode())
    else:
        print(as_text(found, of.currency, args.language or of.language))
    return DONE


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `dues` with its commands; each sets `command` to a function of the arguments alone."""
    about = "accounts and charges: import them, look them up, print their codes"
    verbs = commands.add_parser("dues", help=about, description=about).add_subparsers(
        dest="verb", required=True, metavar="COMMAND"
    )
    made = {
        name: _parser(verbs, name, command)
        for name, command in (("import", take), ("owed", owed), ("code", code), ("bills", bills), ("return", give_back))
    }
    made["import"].add_argument("table", type=Path, metavar="TABLE", help="the file, CSV or XLSX")
    made["import"].add_argument("--dry-run", action="store_true", help="only show what would change")
    kinds = made["import"].add_mutually_exclusive_group()
    for kind in ("accounts", "charges"):
        kinds.add_argument(
            f"--{kind}", dest="kind", action="store_const", const=kind, help=f"the table is one of {kind}"
        )
    for name in ("owed", "code"):
        made[name].add_argument("account", metavar="ACCOUNT", help="the id of the account (户号)")
    made["return"].add_argument("charge", metavar="CHARGE", help="the deposit, like A-101/deposit/2026-01-10")
    for name in ("import", "return"):
        made[name].add_argument("--by", metavar="WHO", help="who does it, not the user of this session")
    made["bills"].add_argument("-o", "--output", type=Path, metavar="OUT", help="write to this file")
    _say_how(made["owed"])
    for name in ("owed", "bills"):
        _as_of(made[name])


def add_report_to(reports: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Registers `report collection`, in the same way."""
    made = _parser(reports, "collection", collection)
    made.add_argument("--by", choices=("block", "year", "quarter", "month"), default="month")
    made.add_argument("--year", type=_year, metavar="Y", help="this year, not the present one")
    _say_how(made)
    _as_of(made)


def _say_how(made: argparse.ArgumentParser) -> None:
    made.add_argument("--json", action="store_true", help="for programs")
    made.add_argument("--language", choices=tuple(CATALOGUES), help="instead of the configured one")


def _as_of(made: argparse.ArgumentParser) -> None:
    made.add_argument("--at", type=_iso_date, metavar="DATE", help="as of this date, not today")


def _parser(commands: Any, name: str, command: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
    made.add_argument("-c", "--config", required=True, type=Path, metavar="FILE", help="the configuration")
    made.set_defaults(command=command)
    return made


def _who(args: argparse.Namespace) -> str:
    try:
        return args.by or getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())


def _year(text: str) -> int:
    if not re.fullmatch(r"(19|20)[0-9]{2}", text):
        raise argparse.ArgumentTypeError(f"{text} is no year; write 2026")
    return int(text)


def _iso_date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date; write 2026-05-01") from None


def _date(given: str | None, config: Config) -> str:
    """The date that is asked for, or today's at the site."""
    return given or date_of(time.time_ns() // 1_000_000, config.terminal.timezone)


def _rules(config: Config) -> DuesRules:
    return config.dues.rules() if config.dues else DuesRules()


def _ledger_for_import(config: Config, dry_run: bool) -> Ledger:
    path = config.terminal.data_dir / FILE
    if not dry_run:
        return Ledger.open_writer(path)
    return Ledger.open_reader(path) if path.exists() else Ledger.empty()


def _paid(config: Config, account_id: str) -> list[Paid]:
    """What was paid on an account, if there is a journal."""
    path = config.terminal.data_dir / JOURNAL
    if not path.exists():
        return []
    with closing(Reader(path)) as reader:
        return _rows_of(reader, account_id, config.terminal.timezone)


def _rows_of(reader: Reader, account_id: str, timezone: str) -> list[Paid]:
    from terminal.store.lookups import Lookups

    return [paid_at(*row, timezone) for row in Lookups(reader.rows).dues_paid(*key_range(account_id))]


def _principal_paid(config: Config, charge: Charge, charges: Iterable[Charge]) -> int:
    """How much of a charge's principal is settled, by payments or credit."""
    now = standing(charges, _paid(config, charge.account_id), _date(None, config), _rules(config))
    return sum(part.amount_minor for part in now.settled if part.charge == charge)


def _bills(config: Config, ledger: Ledger, account_ids: Iterable[str], today: str) -> Iterator[tuple[str, ...]]:
    of, path = config.terminal, config.terminal.data_dir / JOURNAL
    reader = Reader(path) if path.exists() else None
    try:
        for account_id in account_ids:
            found = ledger.owed_facts(account_id)
            if found is None:
                continue
            paid = _rows_of(reader, account_id, of.timezone) if reader else []
            now: Standing = standing(found[1], paid, today, _rules(config))
            if now.owed:
                due = figures(sum(left.due_minor for left in now.owed), of.currency)
                account = found[0]
                bill = make_bill(config.ticket_key, account_id)
                yield account_id, account.block, account.unit, account.payer, due, bill
    finally:
        if reader:
            reader.close()


def _write_bills(file: Any, rows: Iterable[tuple[str, ...]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("account", "block", "unit", "payer", "owed", "code"))
    writer.writerows(rows)


def _told(row: int, what: str, key: str, fields: dict[str, tuple[Any, Any]]) -> str:
    changes = ", ".join(
        f"{name} {new}" if old is None else f"{name} {old} → {new}" for name, (old, new) in fields.items()
    )
    return f"row {row}: {what} {key}: {changes}"


def _progress() -> Callable[[int, int], None] | None:
    return _show_progress if sys.stderr.isatty() else None


def _show_progress(done: int, total: int) -> None:
    """A bar on stderr."""
    share = min(done, total) * 40 // total if total else 0
    end = "\n" if done >= total else ""
    print(f"\r[{'#' * share:<40}] {done} of {total} rows", end=end, file=sys.stderr, flush=True)
