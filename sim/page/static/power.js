// The plug in the wall.
import { el, part, svg, t, touch } from "./common.js";

export function drawPower(holder, { rig, program }) {
  part(holder, [rig.powered, rig.powered && program !== "ended"], draw);
}

function draw([powered, on]) {
  return [
    el("h2", { text: t("plug") }),
    el("p.hint", { text: t("plug.hint") }),
    el("div.plug", {},
      svg("svg", { viewBox: "0 0 120 60", "aria-hidden": "true" },
        svg("rect", { x: 4, y: 8, width: 44, height: 44, rx: 8, class: "socket" }),
        svg("circle", { cx: 19, cy: 30, r: 3.5, class: "hole" }),
        svg("circle", { cx: 33, cy: 30, r: 3.5, class: "hole" }),
        svg("g", { class: powered ? "cord" : "cord out" },
          svg("rect", { x: 10, y: 17, width: 32, height: 26, rx: 7, class: "plughead" }),
          svg("path", { d: "M42 30 C 70 30, 66 50, 90 44 S 112 22, 120 12", class: "wire" }))),
      el("button.pull", {
        text: t(on ? "plug.pull" : "plug.in"), data: { key: "plug", on },
        onclick: () => touch(on ? "pull-plug" : "plug-in"),
      })),
  ];
}
