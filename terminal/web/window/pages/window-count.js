// Counting by denomination: a row each, the sum as it is typed. `3*27` is three bundles of a hundred and 27 more, `2/` two rolls of fifty.

import { make } from "./dom.js";

const BUNDLE = 100;
const ROLL = 50;
const GROUPS = /^(?:(\d{1,4})\*)?(?:(\d{1,4})\/)?(\d{1,5})?$/;
const NOT_A_COUNT = /[^\d*/]/g;

/** So many pieces; null for what is no number of them. */
export function parseCount(typed) {
  const groups = GROUPS.exec(typed.trim());
  return groups ? Number(groups[1] ?? 0) * BUNDLE + Number(groups[2] ?? 0) * ROLL + Number(groups[3] ?? 0) : null;
}

/** An amount in minor units; null for what is none. */
export function parseMoney({ digits }, typed) {
  const match = /^(\d{1,7})(?:[.。](\d*))?$/.exec(typed.trim());
  if (!match || (match[2]?.length ?? 0) > digits) return null;
  const minor = Number(match[1]) * 10 ** digits + Number((match[2] ?? "").padEnd(digits, "0") || 0);
  return minor > 0 ? minor : null;
}

export const total = (pieces) => pieces.reduce((sum, [value, count]) => sum + value * count, 0);

const short = (page, value) => page.money(value).replace(/\.0+$/, "");

/** Pieces as chips: what to give, what was counted. */
export function piecesList(page, pieces) {
  return make("ul", { className: "pieces" }, pieces.map(([value, count]) => make("li", {}, make("b", { textContent: short(page, value) }), ` × ${count}`)));
}

/** A table to count in: `{element, pieces(), bad(), focus()}`; `typed` is told each change, `past` when the last row was left. */
export function countTable(page, { start = [], values = page.view.denominations, typed = () => {}, past = () => {} } = {}) {
  const { t } = page;
  const before = new Map(start);
  const sum = make("output", { className: "total" });
  const remark = make("p", { className: "said bad", attributes: { role: "status" } });
  const rows = values.map((value) => {
    const count = make("output", {});
    const worth = make("output", {});
    const input = make("input", {
      inputMode: "numeric", autocomplete: "off", maxLength: 12, value: before.get(value) || "", data: { denomination: value },
      attributes: { "aria-label": short(page, value) }, onfocus: () => { input.select(); remark.textContent = ""; },
    });
    input.addEventListener("input", () => {
      const cleaned = input.value.replace(NOT_A_COUNT, "");
      if (cleaned !== input.value) {
        remark.textContent = t("only_figures");
        input.value = cleaned;
      }
      show();
      typed(pieces());
    });
    input.addEventListener("keydown", (event) => step(event, input));
    return { value, input, count, worth };
  });

  const pieces = () => rows.map(({ value, input }) => [value, parseCount(input.value) ?? 0]).filter(([, count]) => count > 0);
  const bad = () => rows.find(({ input }) => parseCount(input.value) === null);

  function show() {
    for (const { value, input, count, worth } of rows) {
      const number = parseCount(input.value);
      count.textContent = number === null ? "?" : /[*/]/.test(input.value) ? `= ${number}` : "";
      worth.textContent = number ? page.money(number * value) : "";
      input.classList.toggle("bad", number === null);
    }
    sum.textContent = page.money(total(pieces()));
  }

  function step(event, input) {
    const place = rows.findIndex((row) => row.input === input);
    const by = { ArrowDown: 1, Enter: 1, ArrowUp: -1, End: rows.length }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = rows[place + by];
    if (next) next.input.focus();
    else if (by > 0) past();
  }

  show();
  const element = make("div", { className: "count" },
    make("table", {},
      make("thead", {}, make("tr", {}, ["denomination", "pieces", "", "worth"].map((name) => make("th", { scope: "col", textContent: name ? t("count." + name) : "" })))),
      make("tbody", {}, rows.map(({ value, input, count, worth }) => make("tr", {},
        make("th", { scope: "row", textContent: short(page, value) }), make("td", {}, input), make("td", { className: "soft" }, count), make("td", { className: "worth" }, worth)))),
      make("tfoot", {}, make("tr", {}, make("th", { scope: "row", textContent: t("count.total") }), make("td", { colSpan: 3 }, sum)))),
    make("p", { className: "hint" }, make("kbd", { textContent: "*" }), " " + t("count.bundle") + "  ", make("kbd", { textContent: "/" }), " " + t("count.roll") + "  ",
      make("kbd", { textContent: "↑" }), make("kbd", { textContent: "↓" }), " " + t("count.move") + "  ", make("kbd", { textContent: "End" }), " " + t("count.end")),
    remark);
  return { element, pieces, bad, focus: () => rows[0].input.focus(), last: () => rows.at(-1).input.focus() };
}
