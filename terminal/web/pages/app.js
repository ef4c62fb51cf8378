// Draws the view that the terminal sends, and nothing else: every word and every number comes with it.
"use strict";

const QUIET_MS = 40000; // the terminal speaks at least every 15 s; longer silence means that this picture is old

const part = (id) => document.getElementById(id);
let drawnButtons = "";
let endsAt = null;
let heardAt = performance.now();

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function fill(id, children) {
  part(id).replaceChildren(...children);
  part(id).hidden = children.length === 0;
}

function press(button) {
  const body = button.language ? { language: button.language } : {};
  fetch("/" + encodeURIComponent(button.id), {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Fee-Terminal": "1" },
    body: JSON.stringify(body),
  }).catch(() => setLost(true));
}

function drawButtons(buttons) {
  const drawing = JSON.stringify(buttons);
  if (drawing === drawnButtons) return; // a button under a finger is not replaced
  drawnButtons = drawing;
  fill("buttons", buttons.map((button) => {
    const made = element("button", button.label);
    made.type = "button";
    if (button.language) made.lang = button.language;
    made.addEventListener("click", () => press(button));
    return made;
  }));
}

function draw(view) {
  document.documentElement.lang = view.language || "zh-CN";
  document.documentElement.dataset.state = view.state || "";
  document.title = view.title || "";
  part("title").textContent = view.title || "";
  part("hint").textContent = view.hint || "";
  part("notice").textContent = view.notice || "";
  part("notice").hidden = !view.notice;
  fill("problems", (view.problems || []).map((problem) => element("li", problem)));
  fill("lines", (view.lines || []).flatMap((line) => [element("dt", line.label), element("dd", line.value)]));
  drawButtons(view.buttons || []);
  endsAt = typeof view.wake_in_ms === "number" ? performance.now() + view.wake_in_ms : null;
  tick();
}

function setLost(lost) {
  part("lost").hidden = !lost;
  for (const button of part("buttons").children) button.disabled = lost;
}

function tick() {
  const left = endsAt === null ? null : Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
  part("seconds").textContent = left === null ? "" : String(left);
  if (performance.now() - heardAt > QUIET_MS) setLost(true);
}

function heard() {
  heardAt = performance.now();
  setLost(false);
}

function listen() {
  const source = new EventSource("/events");
  source.addEventListener("beat", heard);
  source.addEventListener("message", (message) => {
    draw(JSON.parse(message.data));
    heard();
  });
  source.addEventListener("error", () => {
    setLost(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

setInterval(tick, 1000);
listen();
