// What was: sales, events, what the staff did, ratings, the log. Read from the journal a page at a time, when somebody asks.

import { fill, make, part } from "./dom.js";

const KINDS = ["sales", "events", "acts", "ratings"];
const COLUMNS = {
  sales: ["number", "at", "ticket", "due", "credited", "change", "state"],
  events: ["number", "at", "kind", "data"],
  acts: ["at", "who", "act"],
  log: ["at", "level", "text"],
};
const HEADS = { text: "data" };

const shown = { kind: "sales", rows: null, before: null };
const logged = { rows: null };

/** What was read before is read again. */
export function forget() {
  shown.rows = logged.rows = null;
}

export function drawRecords(page) {
  fill("main", [page.language, "records", shown.kind], () => [
    make("div", { className: "kinds" }, KINDS.map((kind) => make("button", {
      type: "button", textContent: page.t(kind), data: { press: kind }, onclick: () => read(page, kind),
      attributes: { "aria-pressed": String(kind === shown.kind) } }))),
    make("div", { id: "rows", className: "card" })]);
  if (shown.rows === null) return void read(page, shown.kind);
  fill("rows", [page.language, shown], () => shown.kind === "ratings" ? ratings(page, shown.rows) : [
    table(page, shown.kind, shown.rows), turning(page)]);
}

export function drawLog(page) {
  fill("main", [page.language, "log"], () => [make("div", { id: "lines", className: "card" })]);
  if (logged.rows === null) return void readLog(page);
  fill("lines", [page.language, logged], () => [
    make("div", { className: "buttons" }, make("button", {
      type: "button", textContent: page.t("again"), data: { press: "log-again" }, onclick: () => readLog(page) })),
    table(page, "log", logged.rows)]);
}

async function read(page, kind, before = null) {
  if (shown.kind !== kind) shown.rows = [];
  Object.assign(shown, { kind, before, rows: shown.rows ?? [] });
  const rows = await page.get(kind + (before === null ? "" : `?before=${before}`));
  if (rows === null || shown.kind !== kind) return;
  shown.rows = rows;
  page.redraw();
}

async function readLog(page) {
  logged.rows ??= [];
  logged.rows = await page.get("log") ?? [];
  page.redraw();
}

function table(page, kind, rows) {
  if (!rows.length) return make("p", { textContent: page.t("nothing") });
  const columns = COLUMNS[kind];
  return make("div", { className: "scroll", tabIndex: 0, attributes: { role: "region", "aria-label": page.t(kind === "log" ? "tab.log" : kind) } },
    make("table", { className: kind },
      make("thead", {}, make("tr", {}, columns.map((name) => make("th", { scope: "col", textContent: page.t("col." + (HEADS[name] ?? name)) })))),
      make("tbody", {}, rows.map((row) => make("tr", { data: { level: row.level ?? "" } }, columns.map((name) => make(
        "td", { className: name, textContent: cell(page, kind, name, row[name]) })))))));
}

function cell(page, kind, name, value) {
  if (name === "act") return page.t("act." + value);
  if (name === "who" && value === "?") return page.t("unknown_name");
  return name === "state" ? page.t("sale." + value) : value;
}

function turning(page) {
  const last = shown.rows.at(-1)?.number;
  const button = (name, disabled, onclick) => make("button", { type: "button", textContent: page.t(name), disabled, onclick, data: { press: name } });
  return make("div", { className: "buttons" },
    button("newest", false, () => read(page, shown.kind)),
    button("older", !last || last <= 1, () => read(page, shown.kind, last)));
}

function ratings(page, { days, count, mean, stars = [], reasons = [] }) {
  const most = Math.max(1, ...stars.map((each) => each.count));
  return [
    make("p", { className: "mean" }, page.t("rating.mean", { days }), ": ", make("b", { textContent: mean })),
    make("p", { textContent: `${page.t("rating.count")}: ${count ?? 0}` }),
    make("ul", { className: "bars" }, stars.map((each) => make("li", {},
      make("span", { textContent: page.t("rating.stars", { n: each.stars }) }),
      make("progress", { max: most, value: each.count, attributes: { "aria-label": page.t("rating.stars", { n: each.stars }) } }),
      make("b", { textContent: each.count })))),
    make("ul", {}, reasons.map((each) => make("li", { textContent: `${page.t("page.reason_" + each.reason)}: ${each.count}` }))),
  ];
}
