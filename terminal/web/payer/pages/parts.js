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

/** The top of a panel: the way back, and its title. */
export const top = (page, title, back = page.close) => make("div", { className: "top" },
  make("button", { type: "button", className: "back", onclick: () => back(), data: { press: "back" } },
    icon("back"), make("span", { textContent: page.view.words.back })),
  make("h2", { id: "panel-title", tabIndex: -1, textContent: title }));
