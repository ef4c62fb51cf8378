"""The notice as one HTML page that needs nothing else: no script, no font, no picture. It prints on A4, and larger on A3."""

from collections.abc import Sequence
from html import escape

from terminal.fees.quote import Names
from terminal.publish.sign import Part, PriceTable, Sign

STYLE = """
:root { --blue: #0b4f9c; --ink: #16202c; --grey: #5b6775; --line: #c9d3df; --pale: #eef4fb; }
* { box-sizing: border-box; }
html { font-size: 15px; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; color: var(--ink); background: #fff; line-height: 1.4;
  font-family: "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; }
header { display: flex; align-items: center; gap: 1.4rem; padding: 1.1rem 1.5rem; color: #fff; background: var(--blue);
  border-radius: .6rem; }
.mark { flex: none; width: 4.6rem; height: 4.6rem; border: .25rem solid #fff; border-radius: .6rem;
  font: 700 3.3rem/4.1rem sans-serif; text-align: center; }
h1 { margin: 0; font-size: 2.1rem; line-height: 1.2; letter-spacing: .03em; }
.heading { margin: .2rem 0 0; font-size: 1.25rem; }
h2 { margin: 1.3rem 0 .4rem; font-size: 1.35rem; color: var(--blue); }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 1.05rem; }
th:nth-child(1), th:nth-child(3) { width: 19%; } th:nth-child(2) { width: 16%; } th:nth-child(5) { width: 11%; }
th, td { padding: .45rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: #fff; background: var(--blue); font-weight: 600; }
tbody tr:nth-child(even) { background: var(--pale); }
td.price, td.cap { font-weight: 700; font-size: 1.15rem; }
td.hours, td.cap { white-space: nowrap; }
dl { display: grid; grid-template-columns: 8.5rem 1fr; margin: 1.4rem 0 0; border-top: 2px solid var(--blue); }
dl.facts { grid-template-columns: 8.5rem 1fr 8.5rem 1fr; margin: 0; border: 0; }
dt, dd { margin: 0; padding: .45rem .6rem; border-bottom: 1px solid var(--line); }
dt { font-weight: 700; color: var(--blue); }
dd p { margin: 0 0 .2rem; }
[lang] { display: block; }
[lang] + [lang] { font-size: .78em; font-weight: 400; color: var(--grey); line-height: 1.3; }
header [lang] + [lang], th [lang] + [lang] { color: #dbe8f7; }
footer { margin-top: 1rem; display: flex; flex-wrap: wrap; gap: .3rem 2.5rem; justify-content: space-between; font-weight: 600; }
@page { margin: 10mm; }
@media print {
  html { font-size: 9.2px; }
  body { max-width: none; padding: 0; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  tr, dt, dd p { break-inside: avoid; }
  h2 { break-after: avoid; }
}
@media print and (min-width: 270mm) { html { font-size: 13px; } }
"""

CLASSES = ("name", "days", "hours", "price", "cap")
"""How the columns of a price table are set."""


def page(notice: Sign, languages: Sequence[str]) -> str:
    """The page, in these languages; the first is the larger one."""

    def text(names: Names) -> str:
        said = {language: names[language] for language in languages}
        once = dict.fromkeys(said.values())
        if len(once) == 1:
            return escape(next(iter(once)))
        return "".join(f'<span lang="{language}">{escape(each)}</span>' for language, each in said.items())

    def table(prices: PriceTable) -> str:
        head = "".join(f"<th>{text(column)}</th>" for column in notice.columns)
        rows = "".join(f"<tr>{_cells([text(cell) for cell in row])}</tr>\n" for row in prices.rows)
        return (
            f"<h2>{text(prices.vehicles)}</h2>\n"
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        )

    def part(each: Part) -> str:
        lines = "".join(f"<p>{text(line)}</p>" for line in each.lines)
        return f"<dt>{text(each.label)}</dt><dd>{lines}</dd>\n"

    title = escape(f"{notice.title[languages[0]]} – {notice.heading[languages[0]]}")
    return (
        f'<!DOCTYPE html>\n<html lang="{languages[0]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f'<header><div class="mark">P</div><div><h1>{text(notice.title)}</h1>\n'
        f'<p class="heading">{text(notice.heading)}</p></div></header>\n'
        f"<main>\n{''.join(map(table, notice.prices))}<dl>\n{''.join(map(part, notice.parts))}</dl>\n"
        f'<dl class="facts">\n{"".join(map(part, notice.facts))}</dl>\n</main>\n'
        f"<footer>{''.join(f'<div>{text(line)}</div>' for line in notice.foot)}</footer>\n</body>\n</html>\n"
    )


def _cells(texts: list[str]) -> str:
    return "".join(f'<td class="{kind}">{text}</td>' for kind, text in zip(CLASSES, texts, strict=True))
