// What screens and panels are made of: large buttons, keys, tables of label and value, the top of a panel.

import { make } from "./dom.js";
import { icon } from "./icons.js";

/** A large button with a picture; `name` is what tests know it by. */
export const choice = (name, words, onclick, sign = name) => make(
  "button", { type: "button", className: "choice", onclick, data: { press: name } }, icon(sign), make("span", { textContent: words }));

/** A key; `label` says what a picture means. */
export const key = (name, children, onclick, label) => make(
  "button", { type: "button", className: "key", onclick, data: { press: name }, attributes: label ? { "aria-label": label } : {} },
  children);

/** A table of label and value. */
export const rows = (name, list) => make("dl", { className: name }, list.map((row) => make(
  "div", {}, make("dt", { textContent: row.label }), make("dd", { textContent: row.value }))));

/** A moment as everything else on the screen writes it, by the terminal's clock. */
export function moment(atMs, timeZone) {
  const options = { timeZone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" };
  const of = Object.fromEntries(new Intl.DateTimeFormat("en", options).formatToParts(atMs).map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day} ${of.hour}:${of.minute}`;
}

/** The top of a panel: the way back, and its title. */
export const top = (page, title, back = page.close) => make("div", { className: "top" },
  make("button", { type: "button", className: "back", onclick: () => back(), data: { press: "back" } },
    icon("back"), make("span", { textContent: page.view.words.back })),
  make("h2", { id: "panel-title", tabIndex: -1, textContent: title }));
