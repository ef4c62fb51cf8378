"""The emergency sheet as one HTML page that needs nothing else. Printed on A4 the form has pages of its own."""

from collections.abc import Iterable
from html import escape

from terminal.publish.emergency import Emergency
from terminal.publish.sheet import FeeTable

STYLE = """
* { box-sizing: border-box; }
html { font-size: 14px; }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem; color: #000; background: #fff; line-height: 1.35;
  font-family: "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
h1 { margin: 0; font-size: 1.7rem; }
h2 { margin: 0 0 .3rem; font-size: .95rem; }
.site { margin: .2rem 0; font-size: 1.1rem; font-weight: 700; }
.site span { float: right; font-weight: 400; font-size: .95rem; }
.how { margin: .4rem 0 .8rem; }
.tables { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem 1.2rem; }
.tables section { break-inside: avoid; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.tables table { font-size: .8rem; }
.tables th, .tables td { padding: .1rem .3rem; border: 1px solid #999; text-align: right; white-space: nowrap; }
.tables th:first-child, .tables td:first-child { text-align: left; font-weight: 700; }
.tables tr:nth-child(even) td { background: #eee; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 1rem 0 0; }
dt { font-weight: 700; } dd { margin: 0; }
.form { margin-top: 2rem; }
ol { margin: .5rem 0; padding-left: 1.4rem; }
.blanks { display: flex; flex-wrap: wrap; gap: .7rem 1.2rem; margin: .9rem 0; }
.blanks span { flex: 1 1 40%; display: flex; align-items: flex-end; white-space: nowrap; height: 1.8rem; }
.blanks span::after { content: ""; flex: 1; margin-left: .4rem; border-bottom: 1px solid #000; }
table.lines { table-layout: fixed; }
.lines th, .lines td { border: 1px solid #000; padding: .25rem .4rem; text-align: left; }
.lines td { height: 2rem; }
.lines th:first-child, .lines th:last-child { width: 10%; }
.lines td:first-child { font-weight: 700; }
@page { size: A4; margin: 11mm; }
@media print {
  html { font-size: 11px; }
  body { max-width: none; padding: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .form { margin: 0; break-before: page; }
  .lines tr, .foot { break-inside: avoid; }
  .lines td { height: 7.2mm; padding-block: 0; }
}
"""


def page(sheet: Emergency) -> str:
    """The page."""
    numbers = "".join(
        f"<tr><td>{number}</td>{'<td></td>' * (len(sheet.columns) - 1)}</tr>\n" for number in sheet.numbers
    )
    rules = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>\n" for label, text in sheet.rules)
    return (
        f'<!DOCTYPE html>\n<html lang="{sheet.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(sheet.form_title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(sheet.title)}</h1>\n"
        f'<p class="site">{escape(sheet.site)}<span>{escape(sheet.version)}</span></p>\n<p class="how">{escape(sheet.how)}</p>\n'
        f'<div class="tables">\n{"".join(map(_table, sheet.tables))}</div>\n<dl>\n{rules}</dl>\n'
        f'<div class="form">\n<h1>{escape(sheet.form_title)}</h1>\n<p class="site">{escape(sheet.site)}</p>\n'
        f"<ol>{''.join(f'<li>{escape(step)}</li>' for step in sheet.steps)}</ol>\n{_blanks('head', sheet.head)}"
        f'<table class="lines">\n<thead>{_row("th", sheet.columns)}</thead>\n<tbody>\n{numbers}</tbody>\n</table>\n'
        f"{_blanks('foot', sheet.foot)}</div>\n</body>\n</html>\n"
    )


def _table(table: FeeTable) -> str:
    rows = "".join(_row("td", row) for row in table.rows)
    return (
        f"<section><h2>{escape(table.title)}</h2>\n<table>\n<thead>{_row('th', table.columns)}</thead>\n"
        f"<tbody>\n{rows}</tbody>\n</table></section>\n"
    )


def _row(cell: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>\n"


def _blanks(kind: str, labels: Iterable[str]) -> str:
    """Lines to write on, each behind what belongs there."""
    return f'<div class="blanks {kind}">{"".join(f"<span>{escape(label)}</span>" for label in labels)}</div>\n'
