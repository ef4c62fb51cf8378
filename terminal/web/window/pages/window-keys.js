// Keys and buttons are one table: a screen or a panel answers rows `{key, label, run, off, more}`, each is drawn as a button that
// shows its key, and a key does what its button does. Nothing can be done by mouse alone.

import { fill, make, part } from "./dom.js";

const NAMES = { Enter: "↵", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓", " ": "␣" };

export const shownKey = (key) => NAMES[key] ?? key;

export function drawKeys(page) {
  const rows = page.panel ? page.panel.keys?.(page) ?? [] : page.keys;
  const place = page.panel ? "panel-keys" : "keys";
  if (page.panel && part("keys")) drawRow(page, "keys", []);
  if (part(place)) drawRow(page, place, rows);
}

function drawRow(page, place, rows) {
  const shown = rows.filter((row) => row.label);
  fill(place, [page.language, page.busy, shown.map(({ key, label, off, tone }) => [key, label, off, tone])], () => shown.map((row) => make("button", {
    type: "button", disabled: Boolean(row.off) || page.busy, className: row.tone ?? "", tabIndex: -1, data: { press: row.key },
    onclick: () => row.run(),
  }, make("kbd", { textContent: shownKey(row.key) }), make("span", { textContent: row.label }))));
}

/** Hears keys; `touched` at each of them, `otherLanguage` at F1. */
export function listen(page, touched, otherLanguage) {
  document.addEventListener("keydown", (event) => {
    touched();
    if (event.isComposing || event.altKey || event.metaKey || event.ctrlKey) return;
    if (/^F\d+$/.test(event.key)) event.preventDefault();
    if (event.key === "F1") return void otherLanguage();
    const rows = page.panel ? page.panel.keys?.(page) ?? [] : page.keys;
    const row = rows.find((each) => each.key === event.key && !(each.unlessTyping && event.target.matches("input")));
    if (row) {
      event.preventDefault();
      if (!row.off && !page.busy && !event.repeat) row.run();
      return;
    }
    typeIntoEntry(page, event);
  });
}

/** Whatever is typed on the selling screen goes to its one field, wherever the focus was. */
function typeIntoEntry(page, event) {
  const entry = part("entry");
  if (entry && !page.panel && event.key.length === 1 && event.target !== entry) entry.focus();
}
