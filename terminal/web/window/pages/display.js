// The payer's second screen: what is owed and why, what was given, the change. It only shows what comes.

import { fill, make, part } from "./dom.js";

const QUIET_MS = 40000; // the terminal speaks at least every 15 s; longer silence means that this picture is old
let heardAt = performance.now();

/** A text in the payer's language, the other one small beneath it. */
const words = ([first, ...others], languages) => [
  make("span", { textContent: first, lang: languages[0] }),
  ...others.filter((other) => other !== first).map((other, index) => make("small", { textContent: other, lang: languages[index + 1] })),
];

function draw({ screen, language, languages, title, lines, more, amounts, seq }) {
  document.documentElement.lang = language;
  Object.assign(document.documentElement.dataset, { screen, seq });
  document.title = title[0];
  fill("title", title, () => words(title, languages));
  fill("lines", [lines, more, languages], () => [
    ...lines.map((line) => make("div", { className: "line" }, make("p", {}, words(line.label, languages)), make("b", { textContent: line.value }))),
    ...(more ? [make("p", { textContent: "…" })] : []),
  ]);
  fill("amounts", [amounts, languages], () => amounts.map((each, index) => make("div", { className: `amount ${each.name}` + (index === amounts.length - 1 ? " now" : "") },
    make("p", {}, words(each.label, languages)), make("b", { textContent: each.value }))));
}

function follow() {
  const source = new EventSource("/display/live");
  const heard = () => { heardAt = performance.now(); document.body.classList.remove("old"); };
  source.addEventListener("beat", heard);
  source.addEventListener("message", (message) => { draw(JSON.parse(message.data)); heard(); });
  source.addEventListener("error", () => {
    document.body.classList.add("old");
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 2000);
  });
}

setInterval(() => { if (performance.now() - heardAt > QUIET_MS) document.body.classList.add("old"); }, 1000);
follow();
