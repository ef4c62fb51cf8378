// The state machines as SVG: the state that holds is lit, and what leads on from it is told in words.

import { fill, make, part } from "./dom.js";

const CELL = [205, 92];
const NODE = [150, 40];
const BEND = 26;
const NS = "http://www.w3.org/2000/svg";

function svg(name, attributes, ...children) {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function drawMachines(page) {
  const names = Object.keys(page.machines);
  fill("main", [page.language, "machines"], () => names.map((name) => make("section", { className: `card machine ${name}` },
    make("h2", { textContent: page.t("machine." + name) }), make("div", { id: "machine-" + name }))));
  for (const name of names) {
    const state = page.view.machines[name];
    fill("machine-" + name, [page.language, state], () => drawMachine(page, name, page.machines[name], state));
  }
}

function drawMachine(page, name, { states, arrows }, state) {
  const at = Object.fromEntries(states.map((each) => [each.state, [(each.column + 0.5) * CELL[0], (each.row + 0.5) * CELL[1]]]));
  const width = (Math.max(...states.map((each) => each.column)) + 1) * CELL[0];
  const height = (Math.max(...states.map((each) => each.row)) + 1) * CELL[1];
  const next = arrows.filter((arrow) => arrow.from === state);
  const lines = [...arrows.filter((arrow) => arrow.from !== state), ...next].map((arrow) => svg("path", {
    d: curve(at[arrow.from], at[arrow.to]), class: arrow.from === state ? "arrow next" : "arrow",
    "marker-end": `url(#tip-${name}${arrow.from === state ? "-next" : ""})`, "data-way": `${arrow.from}-${arrow.to}`,
  }));
  const nodes = states.map((each) => {
    const [x, y] = at[each.state];
    return svg("g", { class: each.state === state ? "node lit" : "node", "data-state": each.state },
      svg("rect", { x: x - NODE[0] / 2, y: y - NODE[1] / 2, width: NODE[0], height: NODE[1], rx: 8 }),
      svg("text", { x, y: y + 6 }, (each.state === state ? "● " : "") + page.t("state." + each.state)));
  });
  return [
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": page.t("state." + state) },
      svg("defs", {}, tip(`tip-${name}`, ""), tip(`tip-${name}-next`, "next")), ...lines, ...nodes),
    make("h3", { textContent: page.t("machine.next") }),
    make("ul", { className: "next" }, next.map((arrow) => make("li", {},
      make("b", { textContent: page.t("state." + arrow.to) }), " ", make("code", { textContent: arrow.by })))),
  ];
}

/** From the border of one box to that of another, bent a little to its own right so that two ways do not cover each other. */
function curve([x1, y1], [x2, y2]) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = Math.hypot(dx, dy);
  const [cx, cy] = [(x1 + x2) / 2 - dy / length * BEND, (y1 + y2) / 2 + dx / length * BEND];
  const [sx, sy] = border(cx - x1, cy - y1);
  const [ex, ey] = border(cx - x2, cy - y2);
  return `M ${x1 + sx} ${y1 + sy} Q ${cx} ${cy} ${x2 + ex} ${y2 + ey}`;
}

/** From the middle of a box to its border, in that direction. */
function border(dx, dy) {
  const scale = Math.min(NODE[0] / 2 / (Math.abs(dx) || 1e-9), NODE[1] / 2 / (Math.abs(dy) || 1e-9));
  return [dx * scale, dy * scale];
}

const tip = (id, kind) => svg("marker", { id, viewBox: "0 0 10 10", refX: 9, refY: 5, markerWidth: 11, markerHeight: 11, markerUnits: "userSpaceOnUse", orient: "auto", class: kind },
  svg("path", { d: "M 0 0 L 10 5 L 0 10 z" }));
