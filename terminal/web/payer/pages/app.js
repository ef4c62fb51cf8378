// The payer's page. It draws the view that the terminal sends, and nothing else: every word and every amount comes with it, and
// whatever is pressed goes to the terminal, whose next view is the answer. What is the page's own: which panel lies on top, what
// was typed so far, whether it reads aloud, and that a picture without news is old.
//
//   wire.js     to the terminal and back        screens.js   what each screen shows
//   panels.js   what lies on top of a screen    plate.js     the keyboard for plates
//   time.js     the countdown                   speech.js    reading aloud
//   parts.js    what several of them are made of
//   icons.js    pictures                        dom.js       elements

import { fill, make, part } from "./dom.js";
import { icon } from "./icons.js";
import { closePanel, keepPanel, openPanel, panelTick, touched } from "./panels.js";
import { DONE, drawMain, drawSteps, drawTold } from "./screens.js";
import { canSpeak, isSpeaking, sayView, spoken, toggleSpeech, visitEnded } from "./speech.js";
import { setTime, tickTime } from "./time.js";
import { follow, post } from "./wire.js";

const QUIET_MS = 40000; // the terminal speaks at least every 15 s; longer silence means that this picture is old
const TOAST_MS = 6000;
const ALONE_MS = 60000; // whoever asked for something and then touched nothing for so long has gone
const PAYING = ["quote", "paying"];
const IN_MAIN = ["language", "receipt"]; // the languages have their own place in the rail, a receipt is asked for on its screen
const VISIT = [...PAYING, "wait", "change", "refund", "papers", "leaving", "cancelled"];

let view = { words: {} };
let heardAt = performance.now();
let toastUntil = 0;
let touchedAt = 0;

// --- what is pressed -------------------------------------------------------------------------------------------

/** Presses a button of the terminal; says so when it is not taken. True when it was. */
async function press(path, body) {
  try {
    const refused = await post(path, body);
    if (refused) toast((refused.words || {})[view.language] || view.words.busy);
    return !refused;
  } catch {
    setLost(true);
    return false;
  }
}

/** What screens and panels may ask for. */
const page = {
  press,
  open: (name, about) => openPanel(name, page, about),
  close: closePanel,
  get view() { return view; },
};

function pressed(button) {
  if (button.id === "speak") {
    toggleSpeech(view);
    drawRail();
  } else if (button.id === "help") {
    page.open("help");
  } else if (button.id === "service") {
    location.assign("/service");
  } else {
    press("/" + button.id, button.language ? { language: button.language } : {});
  }
}

// --- what is drawn ---------------------------------------------------------------------------------------------

function draw(next, age) {
  const before = view;
  view = next;
  const root = document.documentElement;
  root.lang = view.language;
  root.dataset.screen = view.screen;
  root.dataset.seq = view.seq;
  root.style.setProperty("--mm", view.px_per_mm + "px");
  document.title = view.title;
  fill("title", view.title, () => [view.title]);
  fill("steps", [view.screen, view.language], () => drawSteps(view));
  fill("main", mainFacts(), () => drawMain(view, page));
  fill("told", [view.told, view.screen], () => drawTold(view));
  part("told").hidden = part("told").childElementCount === 0;
  const told = view.told.lead === "money"; // whoever hears the page must hear why it has ended
  if (VISIT.includes(before.screen) && ((!VISIT.includes(view.screen) && !told) || isNextVisit(before.screen))) visitEnded();
  drawRail();
  setTime(view, before, age);
  keepPanel(view, page);
  if (view.screen !== before.screen) hideToast();
  fill("news", spoken(view), () => [spoken(view)]);
  sayView(view);
}

/** All of the view but what changes without being seen in the main part; only after a payment that tells of the money. */
function mainFacts() {
  const { seq, wake_in_ms, told, buttons, lines, notice, state, terminal_id, ...facts } = view;
  return DONE[view.screen] ? { ...facts, told } : facts;
}

/** Somebody else's ticket was scanned while the thanks were still there. */
function isNextVisit(screenBefore) {
  return view.screen === "quote" && !PAYING.includes(screenBefore);
}

function drawRail() {
  const own = canSpeak() ? [{ id: "speak", label: isSpeaking() ? view.words.mute : view.words.speak }] : [];
  const shown = [...view.buttons.filter((button) => button.id === "language"), ...own,
    ...view.buttons.filter((button) => !IN_MAIN.includes(button.id)).reverse()];
  const icons = { speak: isSpeaking() ? "mute" : "speak" };
  fill("rail", shown, () => shown.map((button) => make(
    "button",
    { type: "button", className: "rail-" + button.id, onclick: () => pressed(button), data: { press: button.id },
      attributes: button.language ? { lang: button.language } : {} },
    icon(icons[button.id] || button.id), make("span", { textContent: button.label }))));
}

function toast(words) {
  part("toast").textContent = words;
  part("toast").hidden = false;
  toastUntil = performance.now() + TOAST_MS;
}

function hideToast() {
  part("toast").hidden = true;
}

function setLost(lost) {
  part("lost").hidden = !lost;
  part("frame").classList.toggle("old", lost);
  part("panel").classList.toggle("old", lost);
  if (lost) closePanel();
}

function tick() {
  const now = performance.now();
  if (now - heardAt > QUIET_MS) setLost(true);
  if (now > toastUntil) hideToast();
  if (view.screen === "idle" && now - touchedAt > ALONE_MS && isSpeaking()) {
    visitEnded();
    drawRail();
  }
  tickTime(view);
  panelTick(page);
}

function heard() {
  heardAt = performance.now();
  setLost(false);
}

// --- a page that can not be left -------------------------------------------------------------------------------

for (const kind of ["contextmenu", "dragstart", "selectstart", "gesturestart"]) {
  document.addEventListener(kind, (event) => event.preventDefault());
}
document.addEventListener("wheel", (event) => event.ctrlKey && event.preventDefault(), { passive: false });
document.addEventListener("pointerdown", () => {
  touchedAt = performance.now();
  hideToast();
  touched();
});

setInterval(tick, 250);
follow(draw, heard, () => setLost(true));
