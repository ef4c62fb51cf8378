// The rig page: follows the picture that the rig sends, and lets each part draw what it shows of it.
import { choose, language, part, setup, t, touch, yuan } from "./common.js";
import { drawHand } from "./hand.js";
import { drawMachine } from "./machine.js";
import { drawNews } from "./news.js";
import { drawPower } from "./power.js";
import { drawTruth } from "./truth.js";

const QUIET_MS = 20000; // the rig speaks at least every 15 s
const byId = (id) => document.getElementById(id);
let picture = null;
let program = "";
let heardAt = performance.now();

// The terminal lets this one origin frame its page.
if (location.hostname === "localhost") location.replace(location.href.replace("//localhost", "//127.0.0.1"));

function draw() {
  byId("title").textContent = document.title = t("title");
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

function drawVerdict({ verdict, totals }) {
  byId("verdict").dataset.verdict = verdict;
  const box = totals ? " · " + yuan(totals.cash.stacked_minor) : "";
  part(byId("verdict").firstChild, [verdict, box], () => [t("balance.verdict." + verdict) + box]);
}

// The kiosk starts in its site's language; who reads this page presses the button for another, as a payer would.
function greet() {
  if (picture?.program === "running") touch("choose-language", { language });
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
choose(language);
draw();
listen();
