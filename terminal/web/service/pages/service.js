// The service page: the gate (door and PIN), then what the terminal shows live. It draws what comes and decides nothing.

import { fill, make, part } from "./dom.js";
import { drawGate, setPress } from "./service-gate.js";
import { forget } from "./service-records.js";
import { TABS } from "./service-tabs.js";

const HEADERS = { "X-Fee-Terminal": "1" };
const LANGUAGES = ["zh-CN", "en"];
const GATE_EVERY_MS = 2000;
const BACK_AFTER_MS = 15000;
const HERE_EVERY_MS = 60000;
const SAID_MS = 6000;

export const page = {
  words: {}, language: "", other: "", machines: {}, gate: null, view: null, who: null, tab: "now",
  t, say, get, press, redraw,
};

const catalogues = {};
let source = null;
let door = null;
let touchedAt = performance.now();
let hereAt = 0;
let quiet = 0;

/** A word of the catalogue, its gaps filled; a key that it does not have is shown as it is. */
function t(key, gaps = {}) {
  const text = page.words[key] ?? page.words["service." + key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => gaps[name] ?? whole);
}

/** Tells the outcome of something for a while. */
function say(text, bad = false) {
  part("said").textContent = text;
  part("said").className = bad ? "bad" : "good";
  part("said").hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => { part("said").hidden = true; }, SAID_MS);
}

/** What was read, or null; whoever is not signed in any more comes to the gate. */
async function get(path) {
  const answer = await fetch("/service/" + path, { headers: HEADERS }).catch(() => null);
  if (answer?.ok) return answer.json();
  if (answer) refusal(await answer.json().catch(() => ({})));
  return null;
}

/** Posts; the answer, or null when it was refused, which is then said. */
async function press(path, body = {}) {
  const answer = await fetch("/service/" + path, {
    method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) return answer.json();
  refusal(answer ? await answer.json().catch(() => ({})) : {});
  return null;
}

function refusal({ reason = "other", wait_s = 0 }) {
  const wait = wait_s < 100 ? t("seconds", { n: wait_s }) : t("minutes", { n: Math.ceil(wait_s / 60) });
  const locked = reason === "wrong" && wait_s > 1 ? " " + t("refused.locked", { wait }) : "";
  say(t("service.refused." + reason, { wait }) + locked, true);
  if (reason === "signed_out" || reason === "door") look();
}

// --- the gate ---------------------------------------------------------------------------------------------------

/** Asks who may come in, and whether somebody is in already. */
async function look() {
  const answer = await fetch("/service/gate", { headers: HEADERS }).catch(() => null);
  part("lost").hidden = Boolean(answer?.ok);
  if (!answer?.ok) return;
  page.gate = await answer.json();
  if (!page.language) await speak(localStorage.getItem("service-language") ?? page.gate.language);
  if (page.gate.door_open) touchedAt = performance.now();
  enter(page.gate.signed_in);
}

/** Somebody is signed in, or nobody (null). */
function enter(who) {
  const same = page.who?.name === who?.name;
  page.who = who;
  if (who && !source) follow();
  if (!who) leave();
  wait(!who);
  if (!same) page.tab = "now";
  redraw();
}

function leave() {
  if (source) touchedAt = performance.now();
  source?.close();
  source = null;
  page.view = null;
}

/** At the gate: the payer's picture changes with the door. It is also the line by which the terminal's watch knows a living page. */
function wait(outside) {
  if (outside === Boolean(door)) return;
  if (outside) {
    door = new EventSource("/events");
    door.addEventListener("message", look);
  } else {
    door.close();
    door = null;
  }
}

function follow() {
  source = new EventSource("/service/live");
  source.addEventListener("message", (message) => {
    part("lost").hidden = true;
    page.view = JSON.parse(message.data);
    redraw();
  });
  source.addEventListener("error", () => {
    part("lost").hidden = false;
    if (source?.readyState === EventSource.CLOSED) leave();
    look();
  });
}

// --- drawing ----------------------------------------------------------------------------------------------------

async function speak(language) {
  page.language = LANGUAGES.includes(language) ? language : "en";
  page.other = LANGUAGES.find((each) => each !== page.language);
  for (const each of LANGUAGES) {
    catalogues[each] ??= await (await fetch(`/service/words.${each}.json`)).json();
  }
  page.words = catalogues[page.language];
  document.documentElement.lang = page.language;
}

function redraw() {
  document.title = t("title");
  part("title").textContent = t("title");
  part("lost").textContent = t("lost");
  part("terminal").textContent = page.gate?.terminal_id ?? "";
  part("language").textContent = catalogues[page.other]?.["language.name"] ?? "";
  part("language").lang = page.other;
  part("who").textContent = page.who ? `${page.who.shown_name} · ${t("role." + page.who.role)}` : "";
  part("sign-out").hidden = part("tabs").hidden = !page.who;
  part("sign-out").textContent = t("sign_out");
  document.documentElement.dataset.tab = page.who ? page.tab : "gate";
  if (!page.who) {
    drawGate(page);
    return;
  }
  fill("tabs", [page.language, page.tab], () => Object.keys(TABS).map((name) => make("button", {
    type: "button", textContent: t("tab." + name), data: { press: "tab-" + name }, onclick: () => choose(name),
    attributes: name === page.tab ? { "aria-current": "page" } : {},
  })));
  if (page.view) TABS[page.tab](page);
}

function choose(name) {
  page.tab = name;
  forget();
  redraw();
  part("main").scrollTop = 0;
}

part("language").addEventListener("click", async () => {
  await speak(page.other);
  localStorage.setItem("service-language", page.language);
  redraw();
});
part("sign-out").addEventListener("click", async () => {
  await press("sign-out");
  look();
});
document.addEventListener("pointerdown", () => {
  touchedAt = performance.now();
  if (page.who && touchedAt - hereAt > HERE_EVERY_MS) {
    hereAt = touchedAt;
    press("here");
  }
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
setInterval(() => {
  if (page.who) return;
  if (page.gate && !page.gate.door_open && performance.now() - touchedAt > BACK_AFTER_MS) location.replace("/");
  look();
}, GATE_EVERY_MS);

setPress(async (name, pin) => {
  const who = await press("sign-in", { name, pin });
  if (who) {
    part("said").hidden = true;
    enter(who);
  }
  return Boolean(who);
});
page.machines = await (await fetch("/service/machines.json")).json();
look();
