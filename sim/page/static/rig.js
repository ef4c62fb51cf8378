// The rig page: follows the picture that the rig sends, and lets each part draw what it shows of it.
import { choose, language, part, setup, t, touch, yuan } from "./common.js";
import { drawNews } from "./news.js";
import { drawPower } from "./power.js";
import { drawTruth } from "./truth.js";

const { drawMachine } = await import(setup.role === "window" ? "./booth.js" : "./machine.js");
const { drawHand } = await import(setup.role === "window" ? "./purse.js" : "./hand.js");

const QUIET_MS = 20000; // the rig speaks at least every 15 s
const byId = (id) => document.getElementById(id);
let picture = null;
let program = "";
let heardAt = performance.now();

// The terminal lets this one origin frame its page.
if (location.hostname === "localhost") location.replace(location.href.replace("//localhost", "//127.0.0.1"));

function draw() {
  byId("title").textContent = document.title = t(setup.role === "window" ? "title.window" : "title");
  byId("lead").textContent = t("lead");
  byId("lost").textContent = t("lost");
  const other = Object.keys(setup.words).find((one) => one !== language);
  byId("language").textContent = setup.words[other].language;
  byId("language").lang = other;
  if (!picture) return;
  drawVerdict(picture.balance);
  drawHand(byId("hand"), picture);
  drawMachine(byId("machine"), picture);
  drawPower(byId("power"), picture);
  drawTruth(byId("truth"), picture);
  drawNews(byId("news"), picture);
}

function drawVerdict({ verdict, totals, lines }) {
  byId("verdict").dataset.verdict = verdict;
  const held = setup.role === "window" ? lines.find((line) => line.what === "cash")?.is_so : totals?.cash.stacked_minor;
  const box = held === undefined ? "" : " · " + yuan(held);
  part(byId("verdict").firstChild, [verdict, box], () => [t("balance.verdict." + verdict) + box]);
}

// The kiosk starts in its site's language; who reads this page presses the button for another, as a payer would. At a window the
// collector does that, with a key.
function greet() {
  if (setup.role === "kiosk" && picture?.program === "running") touch("choose-language", { language });
}

function heard(lost = false) {
  if (!lost) heardAt = performance.now();
  byId("lost").hidden = !lost;
}

function listen() {
  const source = new EventSource("/events");
  source.addEventListener("beat", () => heard());
  source.addEventListener("message", (message) => {
    picture = JSON.parse(message.data);
    heard();
    draw();
    if (picture.program !== program) greet();
    program = picture.program;
  });
  source.addEventListener("error", () => {
    heard(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

byId("language").addEventListener("click", () => {
  choose(Object.keys(setup.words).find((one) => one !== language));
  draw();
  greet();
});
setInterval(() => { if (performance.now() - heardAt > QUIET_MS) heard(true); }, 1000);
document.documentElement.dataset.role = setup.role;
choose(language);
draw();
listen();
