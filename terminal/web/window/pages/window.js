// The window's page. It draws the view that the terminal sends and decides nothing: each act goes to the terminal, which answers
// when it is in the books, or says what is against it. What is the page's own: what was typed so far, which panel is open, and
// the sale that was shown last.
//
//   window-wire.js    to the terminal and back      window-keys.js    one table for keys and buttons
//   window-gate.js    who works here                window-sell.js    the sale
//   window-shift.js   float, count, handover        window-count.js   counting by denomination
//   window-form.js    panels that ask something     window-panels.js  which panels there are
//   window-outage.js  pads, outages, envelopes      window-papers.js  what was sold on paper
//   window-moment.js  times as they are typed       window-receipts.js  what was sold, and what can be put right

import { fill, make, part } from "./dom.js";
import { drawGate, signInByBadge } from "./window-gate.js";
import { drawKeys, listen } from "./window-keys.js";
import { drawSale, keepLast } from "./window-sell.js";
import { SHIFT_SCREENS } from "./window-shift.js";
import { follow, gate, lookUp, post, unfollow } from "./window-wire.js";

const LANGUAGES = ["zh-CN", "en"];
const GATE_EVERY_MS = 1000;
const HERE_EVERY_MS = 60000;
const QUIET_MS = 40000; // the terminal speaks at least every 15 s; longer silence means that this picture is old
const SHOWN_WITHIN_MS = 2000;
const FEW_RECEIPTS = 200;

const catalogues = {};
let heardAt = performance.now();
let touchedAt = performance.now();
let hereAt = 0;
let busy = false;

export const page = {
  words: {}, language: "", gate: null, view: null, who: null, panel: null, nextSignsIn: false, said: null, keys: [],
  t, money, act, draft, get, redraw, open, close, say, enter, leave,
  get busy() { return busy; },
  /** Whether the one who is signed in works in the shift that is open. */
  get mine() { return page.who && page.view?.shift.who === page.who.name; },
};

/** A word of the catalogue, its gaps filled; a key that it does not have is shown as it is. */
function t(key, gaps = {}) {
  const text = page.words["window." + key] ?? page.words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
}

/** An amount as people read it. */
function money(minor) {
  const { symbol, digits } = page.view;
  return (minor < 0 ? "−" : "") + symbol + (Math.abs(minor) / 10 ** digits).toFixed(digits);
}

// --- acts ---------------------------------------------------------------------------------------------------------

/** Does something; true when it is in the books. What is against it is said where the eye is. */
async function act(name, fields = {}, second = null) {
  if (busy) return false;
  setBusy(true);
  page.said = null;
  drawKeys(page);
  const path = name === "car" ? "car" : "act";
  const answer = await post(path, name === "car" ? fields : { act: name, fields, ...(second ? { second } : {}) });
  setBusy(false);
  if (answer.ok) await shown(answer.seq ?? 0);
  else refuse(answer);
  redraw();
  return answer.ok;
}

/** Keeps a count as far as it was typed; nobody waits for it. */
function draft(pieces) {
  return post("act", { act: "draft", fields: { pieces } });
}

/** Until the picture is at least as new as what was done. */
async function shown(seq) {
  const until = performance.now() + SHOWN_WITHIN_MS;
  while (page.view && page.view.seq < seq && performance.now() < until) await new Promise((done) => setTimeout(done, 10));
}

function refuse({ reason = "other", wait_s = 0, about = "" }) {
  const wait = wait_s < 100 ? t("seconds", { n: wait_s }) : t("minutes", { n: Math.ceil(wait_s / 60) });
  const words = t(reason.startsWith("refused.") ? reason : "service.refused." + reason, { wait });
  say(about ? t("second_said", { words }) : words, true);
  if (reason === "signed_out") look();
}

/** Tells something until the next act. */
function say(words, bad = false) {
  page.said = { words, bad };
  const place = part("panel-said");
  if (!part("panel").hidden && place) {
    place.textContent = words;
    place.className = bad ? "said bad" : "said";
  }
}

async function get(path) {
  setBusy(true);
  const answer = await lookUp(path);
  setBusy(false);
  if (answer.ok) return answer.found;
  refuse(answer);
  redraw();
  return null;
}

// --- who is here ---------------------------------------------------------------------------------------------------

async function look() {
  const found = await gate();
  setLost(!found);
  if (!found) return;
  page.gate = found;
  if (!page.language) await speak(localStorage.getItem("window-language") ?? found.language);
  if ((page.who?.name ?? "") !== (found.signed_in?.name ?? "")) enter(found.signed_in);
  else if (!page.who) redraw();
  if (!page.who && found.badge_seq) signInByBadge(page, found.badge_seq);
}

/** Somebody is signed in, or nobody (null). */
function enter(who) {
  page.who = who;
  page.said = null;
  page.nextSignsIn = false;
  touchedAt = performance.now();
  close();
  if (who) follow(draw, heard, lostLine);
  else unfollow();
  if (!who) page.view = null;
  redraw();
}

/** The collector goes away, and the window waits for the PIN. */
async function leave() {
  setBusy(true);
  const answer = await post("sign-out", {});
  setBusy(false);
  if (!answer.ok) refuse(answer);
  await look();
  redraw();
}

function draw(view) {
  const before = page.view;
  page.view = view;
  keepLast(before, view);
  redraw();
  if (before?.badge?.seq !== view.badge?.seq && before) shownBadge(view.badge);
}

/** A badge is good for whoever is waited for: the next collector, or the second person of a panel. */
function shownBadge(badge) {
  if (page.nextSignsIn) signInByBadge(page, badge.seq);
  else page.panel?.badge?.(badge);
}

function lostLine() {
  setLost(true);
  look();
}

function setLost(lost) {
  part("lost").hidden = !lost;
  part("page").classList.toggle("old", lost);
}

function heard() {
  heardAt = performance.now();
  setLost(false);
}

// --- drawing --------------------------------------------------------------------------------------------------------

async function speak(language) {
  page.language = LANGUAGES.includes(language) ? language : "en";
  for (const each of LANGUAGES) catalogues[each] ??= await (await fetch(`/window/words.${each}.json`)).json();
  page.words = catalogues[page.language];
  document.documentElement.lang = page.language;
}

async function otherLanguage() {
  await speak(LANGUAGES.find((each) => each !== page.language));
  localStorage.setItem("window-language", page.language);
  close();
  redraw();
}

function setBusy(is) {
  busy = is;
  if (is) document.documentElement.dataset.busy = "yes";
  else delete document.documentElement.dataset.busy;
}

function redraw() {
  if (!page.gate) return;
  const screen = screenNow();
  document.documentElement.dataset.screen = screen;
  document.documentElement.dataset.seq = page.view?.seq ?? 0;
  document.title = t("title");
  part("lost").textContent = t("lost");
  part("place").textContent = `${page.gate.site} · ${page.gate.terminal_id}`;
  part("language").querySelector("span").textContent = catalogues[LANGUAGES.find((each) => each !== page.language)]["language.name"];
  drawHead();
  drawTroubles();
  if (screen === "gate") page.keys = drawGate(page);
  else if (!page.view) page.keys = [];
  else page.keys = screen === "SERVING" ? drawSale(page) : SHIFT_SCREENS[screen](page);
  drawKeys(page);
}

function screenNow() {
  if (!page.who || page.nextSignsIn) return "gate";
  const { shift } = page.view ?? { shift: { state: "CLOSED" } };
  if (shift.state === "CLOSED" || shift.state === "HANDING_OVER") return shift.state;
  const theirs = ["COUNTING", "COUNTED"].includes(shift.state) ? shift.counter : shift.who;
  return theirs === page.who.name && shift.state !== "LOCKED" ? shift.state : "OTHERS";
}

function drawHead() {
  const { view, who } = page;
  part("who").textContent = who ? `${who.shown_name} · ${t("service.role." + who.role)}${view?.shift.no ? " · " + t("shift_no", { n: view.shift.no }) : ""}` : "";
  const left = view?.receipts?.left ?? FEW_RECEIPTS;
  part("numbers").textContent = view?.receipts ? t("receipt_numbers", { last: view.receipts.last || "–", left }) : "";
  part("numbers").className = left < FEW_RECEIPTS ? "few" : "";
  part("drawer").hidden = view?.drawer !== "OPEN";
  part("drawer").textContent = part("drawer").hidden ? "" : t("drawer_is_open");
}

/** What is wrong, and what it means for the payer's money and papers. */
function drawTroubles() {
  const { view } = page;
  const found = [];
  if (view && page.who) {
    const stops = new Set(view.blockers.map((each) => each.device + each.problem));
    for (const { device, problem } of view.troubles) {
      const words = t("problem", { device: t("device." + device), problem: t("problem." + problem) });
      const stop = stops.has(device + problem);
      const papers = device === "printer" && view.jobs ? t("papers_wait", { n: view.jobs }) : "";
      found.push([stop, [words, stop ? t("stops_sales") : "", papers].filter(Boolean).join(" – ")]);
    }
    for (const { device, problem } of view.blockers) {
      if (device === "receipts") found.push([true, t("receipts_used_up")]);
      if (device === "staff") found.push([true, t("closed_by_staff")]);
    }
    if (view.drawer_full && view.shift.state === "SERVING") found.push([false, t("drawer_full")]);
  }
  fill("troubles", [page.language, found], () => found.map(([bad, words]) => make("p", { className: bad ? "bad" : "warn" },
    make("b", { textContent: bad ? "✖ " : "⚠ ", attributes: { "aria-hidden": "true" } }), words)));
}

// --- panels ---------------------------------------------------------------------------------------------------------

/** Opens a panel: `{draw, keys, focus, badge}`. */
function open(panel) {
  page.panel = panel;
  page.said = null;
  part("panel").hidden = false;
  part("page").inert = true;
  part("panel").replaceChildren(...panel.draw(page));
  drawKeys(page);
  panel.focus?.();
}

function close() {
  page.panel = null;
  part("panel").hidden = true;
  part("page").inert = false;
  part("panel").replaceChildren();
  if (page.gate) redraw();
}

// --- time -----------------------------------------------------------------------------------------------------------

function touched() {
  touchedAt = performance.now();
  if (page.who && touchedAt - hereAt > HERE_EVERY_MS) {
    hereAt = touchedAt;
    post("here", {});
  }
}

function tick() {
  const now = performance.now();
  if (page.gate) part("clock").textContent = new Intl.DateTimeFormat(page.language, { timeZone: page.view?.timezone, hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date());
  if (page.who && now - heardAt > QUIET_MS) setLost(true);
  const idle = page.view?.shift.state === "SERVING" && page.mine && !page.view.is_open && !busy;
  if (idle && now - touchedAt > page.view.lock_after_s * 1000) {
    touchedAt = now;
    page.act("lock").then(look);
  }
}

part("language").addEventListener("click", otherLanguage);
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("pointerdown", touched);
listen(page, touched, otherLanguage);
setInterval(tick, 1000);
setInterval(() => { if (!page.who) look(); }, GATE_EVERY_MS);
look();
