// Panels that ask something, one field after the other: Enter goes on, at the last field it does what was asked; Escape goes back.
// Where two people are needed, the second one's name and PIN are the last fields of the same panel; a badge before the
// scanner stands for both.

import { make, part } from "./dom.js";
import { countTable, parseMoney, total } from "./window-count.js";
import { parseMoment, showMoment } from "./window-moment.js";
import { isBadge, showBadge } from "./window-wire.js";

const MANY = 8; // fields from which on they stand closer together

/** A yes or no: Enter, or Escape. */
export function confirmPanel(page, key, run, gaps = {}) {
  const { t } = page;
  return {
    draw: () => [...head(page, t(`ask.${key}`, gaps)), make("p", { textContent: t(`ask.${key}.hint`, gaps) }), ...foot()],
    keys: () => [
      { key: "Enter", label: t(`ask.${key}.yes`), tone: "main", run: () => { page.close(); run(); } },
      { key: "Escape", label: t("back"), run: page.close },
    ],
    focus: () => part("panel-title").focus(),
  };
}

export const head = (page, title) => [make("h2", { id: "panel-title", tabIndex: -1, textContent: title })];

export const foot = () => [make("p", { id: "panel-said", className: "said", attributes: { role: "status" } }), make("div", { id: "panel-keys", className: "keys" })];

/** A list to choose from by number; `rows` are `{label, more, run, off}`. */
export function menuPanel(page, title, rows, text = "", aside = null) {
  const shown = rows.filter((row) => !row.off);
  return {
    draw: () => [...head(page, title), text ? make("p", { className: "intro", textContent: text }) : null,
      make("div", { className: aside ? "beside" : "" }, make("div", { className: "menu" }, shown.map((row, index) => make("button", { type: "button", data: { press: String(index + 1) }, onclick: row.run },
        make("kbd", { textContent: String(index + 1) }), make("span", { textContent: row.label }), row.more ? make("small", { textContent: row.more }) : null))), aside),
      ...foot()].filter(Boolean),
    keys: () => [
      ...shown.slice(0, 9).map((row, index) => ({ key: String(index + 1), run: row.run })),
      { key: "Escape", label: page.t("back"), run: page.close },
    ],
    focus: () => part("panel-title").focus(),
  };
}

/**
 * A form. `fields`: `{name, kind, label, options, value, when, needed, kept}`; kind is one of `MAKERS`; what is `kept` is passed over
 * while it has a value. `second(values)`: whether a second person is needed, `approver` who it is likely to be. `live(values)`: what
 * is said of what was typed so far. `run(values, second)` answers whether it was done, then `after(values, approver)` follows.
 */
export function formPanel(page, { title, text = [], fields, second = () => false, approver = "", submit, run, live = null, after = page.close, back = page.close, aside = null }) {
  const { t } = page;
  const people = page.gate.operators.filter((each) => each.role === "supervisor" && each.name !== page.who.name);
  let badge = 0; // the event at which the second person's badge was read; then no PIN is asked for
  const all = [...fields,
    { name: "second", kind: "choice", label: t("second_person"), when: (values) => second(values), needed: true, value: people.length === 1 ? people[0].name : approver,
      options: people.map((each) => ({ value: each.name, label: each.shown_name })) },
    { name: "pin", kind: "pin", label: t("second_pin"), when: (values) => second(values) && !badge, needed: true }];
  const made = all.map((field) => makeField(page, field, { changed, past: () => goOn(field.name), valueOf: (name) => made.find((each) => each.field.name === name).value() }));
  const sofar = live ? make("p", { className: "live", attributes: { role: "status" } }) : null;
  const look = fields.some((each) => each.kind === "pieces") ? "with-count" : fields.length >= MANY ? "dense" : "";
  const root = make("div", { className: "form " + look }, made[0].element, sofar, made.slice(1).map((each) => each.element));
  let running = false;

  const values = () => Object.fromEntries(made.map((each) => [each.field.name, each.value()]));
  const visible = () => made.filter((each) => !each.element.hidden);
  const settled = (each) => (each.field.kind === "choice" || each.field.kept) && each.value();

  function changed() {
    const now = values();
    for (const each of made) {
      each.element.hidden = Boolean(each.field.when) && !each.field.when(now);
      each.refresh();
    }
    if (sofar) sofar.replaceChildren(...live(now));
  }

  function goOn(name) {
    const pinField = made.at(-1);
    if (name === "pin" && isBadge(pinField.value())) {
      showBadge(pinField.value());
      return pinField.clear();
    }
    const shown = visible();
    const place = shown.findIndex((each) => each.field.name === name);
    const wrong = shown.slice(0, place + 1).find((each) => each.wrong());
    if (wrong) return complain(wrong);
    const next = shown.slice(place + 1).find((each) => !settled(each));
    if (next) next.focus();
    else send();
  }

  function complain(wrong) {
    page.say(wrong.wrong(), true);
    wrong.focus();
  }

  async function send() {
    if (running) return;
    const wrong = visible().find((each) => each.wrong());
    if (wrong) return complain(wrong);
    const { second: name, pin, ...rest } = values();
    running = true;
    const proof = badge ? { badge } : { name, pin };
    const done = await run(rest, second(values()) ? proof : null);
    running = false;
    badge = 0;
    changed();
    const pinField = made.at(-1);
    pinField.clear();
    if (done) after(rest, name);
    else if (part("panel-said") && page.said) {
      page.say(page.said.words, true);
      (visible().at(-1) ?? made[0]).focus();
    }
  }

  /** The second person's badge stands for name and PIN, and sends where all else is there. */
  function shown({ who, seq }) {
    const choice = made.at(-2);
    if (choice.element.hidden || !choice.set(who)) return;
    badge = seq;
    changed();
    send();
  }

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    goOn(event.target.closest("[data-field]")?.dataset.field ?? visible()[0].field.name);
  });
  changed();
  return {
    draw: () => [...head(page, title), ...text.map((line) => make("p", { className: "intro", textContent: line })),
      make("div", { className: aside ? "beside" : "" }, root, aside), ...foot()],
    badge: shown,
    keys: () => [
      { key: "F12", label: submit ?? t("do_it"), tone: "main", run: send },
      { key: "Escape", label: t("back"), run: back },
    ],
    focus: () => (visible().find((each) => !settled(each)) ?? visible()[0] ?? part("panel-title")).focus(),
  };
}

// --- fields ---------------------------------------------------------------------------------------------------------

const MAKERS = { choice: makeChoice, text: makeText, number: makeNumber, moment: makeMoment, money: makeMoney, pin: makePin, pieces: makePieces };

function makeField(page, field, tell) {
  const made = MAKERS[field.kind](page, field, tell);
  made.element.dataset.field = field.name;
  return { field, clear: () => {}, refresh: () => {}, ...made };
}

function makeChoice(page, field, { changed, past }) {
  const inputs = field.options.map((option) => make("input", { type: "radio", name: field.name, value: option.value, checked: option.value === field.value, onchange: changed }));
  const element = make("fieldset", {}, make("legend", { textContent: field.label }), field.options.map((option, index) => make("label", {},
    inputs[index], field.options.length > 1 ? make("kbd", { textContent: String(index + 1) }) : null, make("span", { textContent: option.label }))));
  element.addEventListener("keydown", (event) => {
    const input = /^[1-9]$/.test(event.key) && inputs[Number(event.key) - 1];
    if (!input) return;
    event.preventDefault();
    event.stopPropagation();
    input.checked = true;
    changed();
    past();
  });
  const value = () => inputs.find((input) => input.checked)?.value ?? "";
  const set = (wanted) => {
    const input = inputs.find((each) => each.value === wanted);
    if (input) input.checked = true;
    return Boolean(input);
  };
  return {
    element, value, set,
    wrong: () => value() ? "" : page.t(inputs.length ? "choose_first" : "no_second_person"),
    focus: () => (inputs.find((input) => input.checked) ?? inputs[0])?.focus(),
  };
}

function textField(page, field, { changed }, more) {
  const input = make("input", { autocomplete: "off", maxLength: 120, value: field.value ?? "", oninput: changed, ...more });
  return { input, element: make("label", {}, make("span", { textContent: field.label }), input), focus: () => { input.focus(); input.select(); } };
}

function makeText(page, field, tell) {
  const { input, ...rest } = textField(page, field, tell, {});
  return { ...rest, value: () => input.value.trim(), wrong: () => field.needed && !input.value.trim() ? page.t("fill_in", { what: field.label }) : "" };
}

function makeNumber(page, field, tell) {
  const { input, ...rest } = textField(page, field, tell, { inputMode: "numeric", maxLength: 9 });
  const value = () => (/^\d+$/.test(input.value.trim()) ? Number(input.value) : 0);
  return { ...rest, value, wrong: () => value() ? "" : page.t("fill_in", { what: field.label }) };
}

/** A time, and the day that is meant; `latest(valueOf)`: it lies not after that. */
function makeMoment(page, field, tell) {
  const { input, element, focus } = textField(page, field, tell, { maxLength: 16, className: "moment" });
  const meant = make("output", { className: "soft" });
  element.append(meant);
  const value = () => parseMoment(page.view.timezone, input.value, field.latest(tell.valueOf));
  const wrong = () => {
    if (!input.value.trim()) return field.needed ? page.t("fill_in", { what: field.label }) : "";
    return value() === null ? page.t("no_time") : "";
  };
  const refresh = () => { meant.textContent = value() === null ? (input.value.trim() ? "?" : "") : showMoment(page.view.timezone, value()); };
  return { element, focus, value, wrong, refresh };
}

function makeMoney(page, field, tell) {
  const { digits } = page.view;
  const { input, ...rest } = textField(page, { ...field, value: field.value ? (field.value / 10 ** digits).toFixed(digits) : "" }, tell, { inputMode: "decimal", maxLength: 11, className: "money" });
  const value = () => parseMoney(page.view, input.value) ?? 0;
  return { ...rest, value, wrong: () => value() ? "" : page.t("refused.bad_amount") };
}

function makePin(page, field, tell) {
  const { input, ...rest } = textField(page, field, tell, { type: "password", inputMode: "numeric", maxLength: 256 });
  return { ...rest, clear: () => { input.value = ""; }, value: () => input.value, wrong: () => input.value.length < 4 ? page.t("fill_in", { what: field.label }) : "" };
}

function makePieces(page, field, { changed, past }) {
  const table = countTable(page, { values: field.values, start: field.value, typed: changed, past });
  const element = make("div", {}, table.element);
  return { element, value: table.pieces, focus: table.focus, wrong: () => table.bad() ? page.t("refused.bad_count") : field.needed && !total(table.pieces()) ? page.t("count_something") : "" };
}
