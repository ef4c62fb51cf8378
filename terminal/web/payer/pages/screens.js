// What each screen shows in its main part, above what is told. A screen is a function of the view; the names are those of
// `screen` in the view.

import { make } from "./dom.js";
import { icon } from "./icons.js";
import { choice, rows } from "./parts.js";

const STEPS = { idle: 0, quote: 1, paying: 1, wait: 1, change: 2, papers: 2, leaving: 2 };
/** The screens after a payment, and their signs. */
export const DONE = { change: "change", refund: "change", papers: "receipt", leaving: "good", cancelled: "cancel" };
const SIGNS = { note: "note", warn: "warn", good: "good", help: "help", cancelled: "cancel", late: "clock" };
const SCREENS = {
  idle, quote: payment, paying: payment, wait: still("note"), out: closed("warn"), service: closed("service"),
};

export function drawMain(view, page) {
  return DONE[view.screen] ? done(view, page) : (SCREENS[view.screen] || closed("warn"))(view, page);
}

/** Where in the visit one is: three steps, and the present one is said to be so. */
export function drawSteps(view) {
  const now = STEPS[view.screen];
  if (now === undefined) return [];
  return ["start", "pay", "leave"].map((name, number) => make(
    "li",
    { className: number < now ? "past" : number === now ? "now" : "", attributes: number === now ? { "aria-current": "step" } : {} },
    make("b", { textContent: number + 1 }), make("span", { textContent: view.words["step_" + name] })));
}

/** What happened, what happens to the money, what to do now. A resting screen without news says it all in its main part; after a
    payment the main part tells of the money. */
export function drawTold(view) {
  const { tone, what, money, todo } = view.told;
  const quiet = tone === "plain";
  if (quiet && (["idle", "out", "service"].includes(view.screen) || saysAll(view))) return [];
  const line = (name, text) => make("p", { className: name, textContent: text });
  const about = DONE[view.screen] ? null : line("money", money);
  const lead = view.told.lead === "money";
  return [make("div", { className: `told ${tone}${lead ? " ended" : ""}` },
    icon(SIGNS[tone] || (view.countdown_ms ? "pay" : "plain")), make("div", {},
      lead ? about : null,
      quiet ? null : line("what", what),
      line("todo", todo),
      lead ? null : about))];
}

function problems(view) {
  return view.problems.length === 0 ? null : make("ul", { className: "problems" },
    view.problems.map((words) => make("li", {}, icon("warn"), make("span", { textContent: words }))));
}

// --- before a visit --------------------------------------------------------------------------------------------

function idle(view, page) {
  const choices = [
    view.keyboard ? choice("plate", view.words.plate, () => page.open("plate")) : null,
    view.services.length ? choice("services", view.words.services, () => page.open("services")) : null,
  ].filter(Boolean);
  return [
    make("p", { className: "ask", textContent: view.hint }),
    make("ol", { className: "how" }, view.how.map((step) => make(
      "li", { className: "how-" + step.icon }, icon(step.icon), make("span", { textContent: step.text })))),
    choices.length ? make("div", { className: "choices" }, choices) : null,
    make("section", { className: "prices" },
      make("h2", { textContent: view.words.tariff }),
      rows("short", view.prices),
      make("p", { className: "change" }, icon("change"), make("span", { textContent: view.change }))),
    problems(view),
  ].filter(Boolean);
}

function closed(sign) {
  return (view) => [make("div", { className: "still closed" }, icon(sign), make("div", {},
    problems(view),
    view.screen === "service" ? make("p", { className: "ask", textContent: view.hint }) : null,
    make("ul", { className: "instead" }, (view.instead || []).map((words) => make("li", { textContent: words })))))];
}

function still(sign) {
  return (view) => [make("div", { className: "still" }, icon(sign), rows("facts", [
    { label: view.words["line.due"], value: view.amounts.due },
    { label: view.words["line.credited"], value: view.amounts.credited }]))];
}

// --- paying ----------------------------------------------------------------------------------------------------

function payment(view, page) {
  const { words, amounts } = view;
  const begun = view.screen === "paying";
  const figure = begun ? amounts.missing : amounts.due;
  const facts = begun
    ? [{ label: words["line.due"], value: amounts.due }, { label: words["line.credited"], value: amounts.credited }]
    : view.about;
  return [
    make("div", { className: "bill" },
      make("div", { className: "sum" },
        make("p", { className: "sum-name", textContent: words[begun ? "line.missing" : "line.due"] }),
        make("p", { className: figure.length > 7 ? "sum-figure long" : "sum-figure", textContent: figure }),
        begun ? progress(view) : null),
      make("div", { className: "beside" }, rows("facts", facts), choice("explain", words.explain, () => page.open("explain")))),
    view.accepting ? noteGroups(view) : problems(view) || make(
      "p", { className: "no-notes" }, icon("warn"), make("span", { textContent: words.notes_none })),
    make("p", { className: "change" }, icon("change"), make("span", { textContent: view.change })),
  ];
}

function progress(view) {
  const share = view.due_minor ? Math.min(1, view.credited_minor / view.due_minor) : 0;
  const bar = make("span", {});
  bar.style.width = `${share * 100}%`;
  return make("div", { className: "progress", attributes: { "aria-hidden": "true" } }, bar);
}

function noteGroups(view) {
  const group = (taken, sign, words) => {
    const notes = view.notes.filter((note) => note.taken === taken);
    return notes.length === 0 ? null : make("div", { className: taken ? "taken" : "not-taken" },
      make("h2", {}, icon(sign), make("span", { textContent: words })),
      make("ul", {}, notes.map((note) => make("li", { className: "banknote " + note.colour },
        make("small", { textContent: note.symbol }), make("b", { textContent: note.figure })))));
  };
  return make("div", { className: "notes" },
    group(true, "good", view.words.notes_now), group(false, "cancel", view.words.note_no));
}

// --- after paying ----------------------------------------------------------------------------------------------

function done(view, page) {
  const sign = view.screen === "cancelled" && view.told.tone === "late" ? "clock" : DONE[view.screen];
  return [
    make("div", { className: `still done${view.receipt ? " tight" : view.rating ? "" : " roomy"}` },
      view.leave_parts ? leave(view.leave_parts) : icon(sign),
      make("div", {},
        rows("figure", view.about.slice(0, 1)),
        make("p", { className: "about-money", textContent: view.told.money }),
        saysAll(view) ? make("p", { className: "ask", textContent: view.told.todo }) : rows("facts", view.about.slice(1)))),
    view.receipt ? receipt(view.receipt, page) : null,
    view.rating ? rating(view, page) : null,
  ].filter(Boolean);
}

/** A visit that cost nothing has no figures: its main part has room for what to do now. */
const saysAll = (view) => DONE[view.screen] && view.about.length === 0;

function leave({ before, number, after }) {
  return make("p", { className: "leave" },
    make("span", { textContent: before }), make("b", { textContent: number }), make("span", { textContent: after }));
}

function receipt({ ask, button, text }, page) {
  return make("section", { className: "receipt" },
    make("div", {}, make("h2", { textContent: ask }), make("p", { textContent: text })),
    button ? choice("receipt", button, () => page.press("/receipt", {})) : null);
}

function rating(view, page) {
  if (view.rating === "done") {
    return make("p", { className: "rated" }, icon("good"), make("span", { textContent: view.words.rated }));
  }
  return make("section", { className: "rating" },
    make("h2", { textContent: view.words.rate }),
    make("div", { className: "stars" }, [1, 2, 3, 4, 5].map((stars) => make(
      "button",
      { type: "button", data: { press: "rate-" + stars },
        onclick: () => (stars <= 3 ? page.open("reason", stars) : page.press("/rating", { stars, reason: "" })) },
      icon("star"), make("span", { textContent: `${stars} ${view.words["rate_" + stars]}` })))));
}
