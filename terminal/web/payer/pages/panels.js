// What lies on top of a screen: one panel at a time, opened by a touch, closed by "back", by the next screen, or when nobody
// touches it any more.

import { make, part } from "./dom.js";
import { icon } from "./icons.js";
import { choice, key, top } from "./parts.js";
import { plate } from "./plate.js";
import { timeLeft } from "./time.js";

const LEFT_MS = 45000; // whoever typed a part of a plate may have walked away
const REASON_MS = 15000;
const LAST_MOMENT_MS = 1200;

/** What each panel shows. */
const PANELS = { explain, help, plate, reason, services };
const RATED_ON = ["papers", "leaving"];

let open = null;
let touchedAt = 0;
let openedBy = null;

/** Puts a panel on top; `about` is whatever its kind needs. */
export function openPanel(name, page, about) {
  if (!open) openedBy = document.activeElement;
  open = { name, about, language: page.view.language, openedAt: performance.now(),
    screen: page.view.screen, credited: page.view.credited_minor, tone: page.view.told.tone };
  touched();
  const panel = part("panel");
  panel.className = name;
  panel.replaceChildren(...PANELS[name](page, about));
  panel.hidden = false;
  part("frame").inert = true;
  part("panel-title").focus({ preventScroll: true });
}

/** Back to the screen. */
export function closePanel() {
  if (!open) return;
  open = null;
  part("panel").hidden = true;
  part("panel").replaceChildren();
  part("frame").inert = false;
  if (openedBy && openedBy.isConnected) openedBy.focus({ preventScroll: true });
}

/** A new view: whoever has a panel before him must not miss what happens below it. One in another language is drawn anew. */
export function keepPanel(view, page) {
  if (!open) return;
  const stays = open.name === "reason" ? RATED_ON.includes(view.screen) : isSameVisit(view);
  if (!stays) closePanel();
  else if (open.language !== view.language) openPanel(open.name, page, open.about);
}

/** Nothing has happened since the panel was opened; that a notice fades is nothing. */
const isSameVisit = (view) => view.screen === open.screen && view.credited_minor === open.credited
  && ["plain", open.tone].includes(view.told.tone);

/** Somebody is there. */
export function touched() {
  touchedAt = performance.now();
}

/** Nobody is there any more; a rating without a reason is sent while it still can be. */
export function panelTick(page) {
  if (!open) return;
  const now = performance.now();
  if (open.name === "reason") {
    const last = page.view.screen === "leaving" && timeLeft() !== null && timeLeft() < LAST_MOMENT_MS;
    if (last || now - open.openedAt > REASON_MS) sendRating(page, open.about, "");
  } else if (now - touchedAt > LEFT_MS) {
    closePanel();
  }
}

function explain(page) {
  const { words, explanation, amounts } = page.view;
  return [
    top(page, words.explain),
    make("dl", { className: "explanation", tabIndex: 0 },
      [...explanation, { label: words["line.due"], value: amounts.due, total: true }].map((row) => make(
        "div", { className: row.total ? "total" : "" },
        make("dt", { textContent: row.label }), make("dd", { textContent: row.value })))),
  ];
}

function help(page) {
  const { title, text, yes } = page.view.help;
  const call = async () => {
    closePanel();
    await page.press("/help", {});
  };
  return [
    top(page, title),
    make("div", { className: "still" }, icon("help"), make("p", { className: "ask", textContent: text })),
    yes ? make("div", { className: "choices" }, choice("call", yes, call, "help")) : null,
  ].filter(Boolean);
}

function services(page) {
  const { words, services: items, currency } = page.view;
  const chosen = new Map();
  const sum = make("output", { className: "sum", attributes: { "aria-live": "polite" } });
  const total = () => {
    const minor = items.reduce((before, item) => before + item.price_minor * (chosen.get(item.id) || 0), 0);
    sum.textContent = currency.symbol + (minor / 10 ** currency.digits).toFixed(currency.digits);
    go.disabled = chosen.size === 0;
  };
  const go = choice("go", words.services_go, async () => {
    if (await page.press("/services", { basket: [...chosen] })) closePanel();
  }, "pay");
  total();
  const row = (item) => {
    const count = make("output", { textContent: "0", attributes: { "aria-label": item.name } });
    const by = (step, name, words) => key(`${name}-${item.id}`, [icon(name)], () => {
        const quantity = Math.min(item.max, Math.max(0, (chosen.get(item.id) || 0) + step));
        if (quantity) chosen.set(item.id, quantity);
        else chosen.delete(item.id);
        count.textContent = quantity;
        total();
      }, `${words}: ${item.name}`);
    return make("li", {},
      make("span", { className: "name", textContent: item.name }),
      make("span", { className: "price", textContent: item.unit ? `${item.price} / ${item.unit}` : item.price }),
      by(-1, "less", words.fewer), count, by(1, "more", words.more));
  };
  return [top(page, words.choose_services), make("ul", { className: "services", tabIndex: 0 }, items.map(row)),
    make("div", { className: "choices basket" }, make("p", {}, make("span", { textContent: words.total }), sum), go)];
}

function reason(page, stars) {
  const { words } = page.view;
  const back = () => sendRating(page, stars, "");
  return [
    top(page, words.rate_why, back),
    make("div", { className: "reasons" }, ["slow", "unclear", "expensive", "machine", "other"].map((name) => make(
      "button",
      { type: "button", className: "choice", textContent: words["reason_" + name], data: { press: "reason-" + name },
        onclick: () => sendRating(page, stars, name) }))),
  ];
}

function sendRating(page, stars, why) {
  closePanel();
  page.press("/rating", { stars, reason: why });
}
