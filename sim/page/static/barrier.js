// The barrier before the machine: the boom goes up when its relay was pulsed.
import { el, part, svg, t } from "./common.js";

const OPEN_MS = 6000; // how long the boom is drawn up after a pulse of the relay

let openings = null;
let opensUntil = 0;
let newest = null;

export const barrier = build();

function build() {
  const boom = svg("g", { class: "boom" },
    svg("rect", { x: 430, y: 38, width: 70, height: 7, rx: 3, class: "arm" }),
    ...[442, 464, 486].map((x) => svg("rect", { x, y: 38, width: 11, height: 7, class: "stripe" })));
  const car = svg("g", { class: "car" },
    svg("path", { d: "M0 20 q4 -4 12 -5 l8 -9 q3 -3 8 -3 h18 q5 0 8 4 l7 8 q9 1 10 7 v6 h-71 z", class: "shell" }),
    svg("path", { d: "M23 14 l6 -7 h9 v7 z M41 7 h5 q3 0 5 3 l3 4 h-13 z", class: "pane" }),
    svg("circle", { cx: 16, cy: 28, r: 6, class: "wheel" }), svg("circle", { cx: 55, cy: 28, r: 6, class: "wheel" }));
  return el("div.barrier", {},
    svg("svg", { viewBox: "0 -38 600 114", "aria-hidden": "true" },
      svg("rect", { x: 0, y: 72, width: 600, height: 3, class: "road" }),
      svg("g", { transform: "translate(0 38)" }, car),
      svg("rect", { x: 412, y: 34, width: 18, height: 39, rx: 3, class: "post" }), boom),
    el("span"));
}

export function drawBarrier(now) {
  if (openings !== null && now.openings > openings) {
    opensUntil = performance.now() + OPEN_MS;
    setTimeout(() => drawBarrier(newest), OPEN_MS + 50);
  }
  openings = now.openings;
  newest = now;
  barrier.dataset.open = now.relay || performance.now() < opensUntil;
  part(barrier.lastChild, now.openings, (n) => [`${t("barrier")} · ${t("barrier.opened", { n })}`]);
}
