// The staff's status page. It signs in, draws what the terminal sends, and does nothing else: no word of it is made here.
// What is the page's own: the language, that a picture without news is old, and that the phone's clock may know better.

import { fill, make, part } from "./dom.js";

const HEADERS = { "X-Fee-Terminal": "1" };
const QUIET_MS = 40000; // the terminal speaks at least every 15 s; longer silence means that this picture is old
const CLOCK_OFF_MS = 2 * 60000;
const SIGNS = { good: "✓", warn: "!", bad: "✕", none: "" };

let words = {};
let language = localStorage.language || (navigator.language.startsWith("zh") ? "zh-CN" : "en");
let me = "";
let view = null;
let source = null;
let heardAt = performance.now();
let shifts = null; // over and short of the last shifts, where this person may see them
let shiftsOf = ""; // of which Z, in which language
let verdict = null; // of the code that was checked last
let toCheck = location.pathname === "/verify"; // whoever came for that need not look for it
let told = ["", 0]; // why nobody is signed in: a word of the catalogue, minutes to wait

const say = (key, facts = {}) => (words[language][key] || key).replace(/\{(\w+)\}/g, (_, name) => facts[name]);

// --- to the terminal and back ----------------------------------------------------------------------------------

async function post(path, body = {}) {
  return fetch(path, { method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

async function signIn(event) {
  event.preventDefault();
  const [name, pin, button] = ["name", "pin", "go"].map(part);
  button.disabled = true;
  try {
    const answer = await post("/sign-in", { name: name.value.trim(), pin: pin.value });
    const said = await answer.json().catch(() => ({ reason: "busy" }));
    if (answer.ok) return signedIn(said.name);
    told = [said.reason, said.minutes || 0];
  } catch {
    told = ["unreachable", 0];
  }
  pin.value = "";
  button.disabled = false;
  drawTold();
  pin.focus();
}

/** What the one before has looked at is not for the next. */
function forget() {
  shifts = verdict = null;
  shiftsOf = "";
}

async function signOut() {
  me = "";
  forget();
  told = ["", 0];
  follow();
  await post("/sign-out").catch(() => null);
  draw();
}

function signedIn(name) {
  me = name;
  view = null;
  forget();
  told = ["", 0];
  draw();
  follow();
}

/** Follows the terminal in this language, or nothing while nobody is signed in. */
function follow() {
  if (source) source.close();
  source = null;
  if (!me) return;
  const stream = new EventSource("/events/" + language);
  source = stream;
  stream.addEventListener("beat", heard);
  stream.addEventListener("message", (message) => {
    heard();
    view = JSON.parse(message.data);
    draw();
    readShifts();
  });
  stream.addEventListener("error", () => {
    setLost(true);
    if (stream.readyState === EventSource.CLOSED && stream === source) setTimeout(lookWhoIAm, 2000);
  });
}

async function readShifts() {
  const of = `${language} ${view.z_no} ${view.shift && view.shift[0].value}`;
  if (!view.shift || of === shiftsOf) return;
  shiftsOf = of;
  const answer = await fetch("/shifts/" + language, { headers: HEADERS }).catch(() => null);
  if (of !== shiftsOf) return;
  shifts = answer && answer.ok ? (await answer.json()).rows : null;
  draw();
}

async function check(event) {
  event.preventDefault();
  part("check-go").disabled = true;
  verdict = { tone: "none", verdict: say("checking"), rows: [], facts: [] };
  draw();
  try {
    const answer = await post("/verify", { code: part("code").value.slice(0, 200), language });
    verdict = answer.ok ? await answer.json() : answer.status === 403 ? null : { tone: "none", verdict: say("slowly"), rows: [], facts: [] };
    if (answer.status === 403) await lookWhoIAm();
  } catch {
    verdict = { tone: "none", verdict: say("unreachable"), rows: [], facts: [] };
  }
  if (part("check-go")) part("check-go").disabled = false;
  draw();
}

/** After the stream was refused: is this session over, or is the terminal away? */
async function lookWhoIAm() {
  try {
    const name = (await (await fetch("/me", { headers: HEADERS })).json()).name;
    if (!name && me) {
      told = ["ended", 0];
      forget();
    }
    me = name;
    setLost(false);
  } catch {
    setLost(true);
    setTimeout(lookWhoIAm, 3000);
    return;
  }
  draw();
  follow();
}

function heard() {
  heardAt = performance.now();
  setLost(false);
}

function setLost(lost) {
  part("lost").hidden = !lost || !me;
  part("board").classList.toggle("old", lost);
}

// --- what is drawn ---------------------------------------------------------------------------------------------

function draw() {
  document.documentElement.lang = language;
  const where = me && view ? `${view.site} · ${view.terminal}` : "";
  document.title = where || say("title");
  fill("title", [where, language], () => [where || say("title")]);
  fill("nav", [language, me], drawNav);
  fill("lost", language, () => [say("lost")]);
  part("sign-in").hidden = Boolean(me);
  part("board").hidden = !me;
  if (me) drawBoard();
  else {
    fill("sign-in", language, drawForm);
    drawTold();
    fill("state", null, () => []);
    for (const id of ["shift", "shifts", "health", "cash", "takings", "alerts", "check", "verdict", "foot"]) fill(id, null, () => []);
  }
}

function drawNav() {
  const others = Object.keys(words).filter((other) => other !== language);
  return [
    ...others.map((other) => make("button", {
      type: "button", lang: other, textContent: words[other].language, onclick: () => speak(other), data: { press: "language" } })),
    me ? make("button", { type: "button", textContent: say("sign_out"), onclick: signOut, data: { press: "sign-out" } }) : null,
  ].filter(Boolean);
}

function speak(other) {
  language = localStorage.language = other;
  view = verdict = null;
  draw();
  follow();
}

function drawForm() {
  const field = (id, label, properties) => make("label", {}, make("span", { textContent: say(label) }), make("input", { id, ...properties }));
  return [
    field("name", "name", { type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: false, maxLength: 32, required: true }),
    field("pin", "pin", { type: "password", inputMode: "numeric", autocomplete: "current-password", maxLength: 32, required: true }),
    make("p", { id: "told", attributes: { role: "alert" } }),
    make("button", { id: "go", type: "submit", textContent: say("sign_in"), data: { press: "sign-in" } }),
  ];
}

function drawTold() {
  const [reason, minutes] = told;
  part("told").textContent = reason ? say(reason, { minutes }) : "";
}

function drawBoard() {
  fill("sign-in", null, () => []); // name and PIN are not for the next one to find
  fill("check", language, drawCheck);
  fill("verdict", verdict, drawVerdict);
  if (toCheck && view) part("code").focus();
  toCheck = toCheck && !view;
  if (!view) {
    fill("state", ["starting", language], () => [heading("state", "state"), make("p", { textContent: say("starting") })]);
    return;
  }
  fill("state", view.state, drawState);
  part("shift").hidden = !view.shift;
  fill("shift", view.shift, () => (view.shift ? [heading("shift", "shift"), list(view.shift)] : []));
  part("shifts").hidden = !shifts;
  fill("shifts", [shifts, language], drawShifts);
  fill("health", [view.health, clockWords()], () => [
    heading("health", "health"), list(view.health), note(clockWords())]);
  fill("cash", view.cash, () => [heading("cash", "cash"), list(view.cash)]);
  fill("takings", view.takings, drawTakings);
  fill("alerts", view.alerts, drawAlerts);
  fill("foot", [view.at, view.version], () => [`${say("as_of", { time: view.at })} · ${me} · ${view.version}`]);
}

function drawState() {
  const { tone, what, now, why } = view.state;
  part("state").dataset.tone = tone;
  return [
    make("h2", { id: "state-title", className: "unseen", textContent: say("state") }),
    make("p", { className: "what" }, sign(tone), make("span", { textContent: what })),
    ...why.map((reason) => make("p", { className: "why", textContent: reason })),
    now ? make("p", { className: "now", textContent: now }) : null,
  ].filter(Boolean);
}

function drawTakings() {
  const head = heading("takings", "takings");
  if (!view.takings) return [head, note(say("no_books"))];
  const { rows, total } = view.takings;
  const sums = rows.length ? list([...rows, { ...total, total: true }]) : note(say("no_takings"));
  return [head, sums, note(view.takings.note)];
}

function drawShifts() {
  if (!shifts) return [];
  return [heading("shifts", "shifts"), shifts.length ? list(shifts) : note(say("no_shifts"))];
}

function drawCheck() {
  const code = make("textarea", { id: "code", rows: 2, autocomplete: "off", autocapitalize: "none", spellcheck: false, maxLength: 200, required: true });
  code.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    part("check").requestSubmit();
  });
  return [
    make("h2", { id: "verify-title", textContent: say("verify") }),
    make("label", {}, make("span", { textContent: say("code") }), code),
    make("button", { id: "check-go", type: "submit", textContent: say("check"), data: { press: "check" } }),
  ];
}

function drawVerdict() {
  if (!verdict) return [];
  const { tone, verdict: words, rows, facts } = verdict;
  return [
    make("p", { className: "what", data: { tone } }, sign(tone), make("span", { textContent: words })),
    ...facts.map((fact) => make("p", { className: "fact", data: { tone: fact.tone } }, sign(fact.tone), make("span", { textContent: fact.text }))),
    rows.length ? list(rows) : "",
  ].filter(Boolean);
}

function drawAlerts() {
  const head = heading("alerts", "alerts");
  if (!view.alerts) return [head, note(say("no_books"))];
  if (!view.alerts.length) return [head, note(say("no_alerts"))];
  return [head, make("ol", { className: "alerts" }, ...view.alerts.map(({ what, when, sale }) => make(
    "li", {}, make("p", { className: "what", textContent: what }),
    make("p", { className: "when", textContent: sale ? `${when} · ${sale}` : when }))))];
}

const heading = (id, word) => make("h2", { id: `${id}-title`, textContent: say(word) });
const note = (text) => (text ? make("p", { className: "note", textContent: text }) : "");

function list(rows) {
  return make("dl", {}, ...rows.map(({ label, value, tone, total }) => make(
    "div", { className: total ? "total" : "", data: { tone } },
    make("dt", { textContent: label }), make("dd", {}, make("span", { textContent: value }), sign(tone)))));
}

/** A colour never stands alone: it comes with a sign for eyes and a word for ears. */
function sign(tone) {
  if (tone === "none") return null;
  return make("span", { className: "sign", data: { tone }, attributes: { role: "img", "aria-label": say("tone_" + tone) } }, SIGNS[tone]);
}

/** The terminal's clock beside this phone's, when they differ by minutes. */
function clockWords() {
  const off = view ? Math.abs(Date.now() - view.at_ms) : 0;
  return performance.now() - heardAt < 5000 && off > CLOCK_OFF_MS ? say("clock_off", { minutes: Math.round(off / 60000) }) : "";
}

setInterval(() => {
  if (me && performance.now() - heardAt > QUIET_MS) setLost(true);
}, 1000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && me && source && source.readyState === EventSource.CLOSED) lookWhoIAm();
});
part("sign-in").addEventListener("submit", signIn);
part("check").addEventListener("submit", check);

words = await (await fetch("/words.json")).json();
if (!words[language]) language = "en";
await lookWhoIAm();
