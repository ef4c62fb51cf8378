// Whether it adds up: the audit beside the things; and where the sale is, in the picture that its tables draw.
import { el, part, setup, svg, t, yuan } from "./common.js";

const CELL = [128, 56];
const NODE = [104, 30];

export function drawTruth(holder, picture) {
  if (!holder.firstChild) holder.append(el("div.card.books", { id: "books" }), el("div.card.diagram"));
  const [books, diagram] = holder.children;
  part(books, picture.balance, drawBooks);
  const { state, shift, drawer } = picture.world;
  part(diagram, [{ state, shift, drawer }, picture.rig.powered], drawDiagrams);
}

// --- the books -------------------------------------------------------------------------------------------------
function drawBooks({ verdict, lines, totals }) {
  const rows = lines.map((line) => el("tr", { data: { agrees: line.agrees } },
    el("th", { scope: "row", text: t("balance." + line.what) }),
    el("td", { text: figure(line.what, line.books) }),
    el("td", { text: figure(line.what, line.is_so) }),
    el("td.mark", { text: line.agrees ? "✓" : verdict === "moving" ? "…" : "≠", "aria-label": t(line.agrees ? "balance.same" : "balance.differs") })));
  const head = el("tr", {}, el("td"), el("th", { scope: "col", text: t("balance.head.books") }),
    el("th", { scope: "col", text: t("balance.head.is_so") }), el("td"));
  return [
    el("h2", { text: t("books") }),
    el("p", { data: { verdict } }, el("b", { text: t("balance.verdict." + verdict) + "." }), " ", t(`balance.verdict.${verdict}.why`)),
    el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)),
    ...(totals ? [
      el("p.total", { text: t("balance.sales", totals.sales) }),
      el("p.total", { text: setup.role === "window" ? shiftWords(totals) : t("balance.credited", {
        credited: yuan(totals.cash.credited_minor), unclaimed: yuan(totals.cash.unclaimed_minor),
        owed: yuan(totals.change.owed_minor), notes: yuan(totals.change.credit_notes_minor),
      }) }),
    ] : []),
  ];
}

function shiftWords({ shifts, epay_minor, refunds_minor }) {
  return t("balance.shifts_are", {
    open: shifts.open, closed: shifts.closed, over: yuan(shifts.over_minor), short: yuan(shifts.short_minor),
    epay: yuan(epay_minor), back: yuan(refunds_minor),
  });
}

function figure(what, value) {
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (["money", "dispute", "cash", "counter", "safe"].includes(what)) return yuan(value);
  if (Array.isArray(value)) return value.length ? value.join(", ") : t("none");
  if (typeof value === "object") {
    const notes = Object.entries(value).sort(([a], [b]) => a - b);
    return notes.map(([minor, count]) => `${count}×${minor / 100}`).join(" ") || t("none");
  }
  return String(value);
}

// --- the machines ----------------------------------------------------------------------------------------------
function drawDiagrams([world, powered]) {
  return setup.diagrams.flatMap((diagram) => [
    el("h2", { text: t("diagram." + diagram.field) }),
    ...drawDiagram(diagram, world[diagram.field], powered),
  ]);
}

function drawDiagram({ states, arrows, words }, state, powered) {
  const at = Object.fromEntries(states.map((one) => [one.state, [
    one.column * CELL[0] + CELL[0] / 2, one.row * CELL[1] + CELL[1] / 2]]));
  const height = (Math.max(...states.map((one) => one.row)) + 1) * CELL[1];
  const next = powered ? arrows.filter((arrow) => arrow.from === state) : [];
  const lines = arrows.filter((arrow) => !next.includes(arrow)).concat(next).map((arrow) =>
    svg("path", { d: curve(at[arrow.from], at[arrow.to]), ...(next.includes(arrow) ? { class: "arrow next", "marker-end": "url(#tip)" } : { class: "arrow" }) }));
  const nodes = states.map((one) => {
    const [x, y] = at[one.state];
    return svg("g", { class: powered && one.state === state ? "node lit" : "node" },
      svg("rect", { x: x - NODE[0] / 2, y: y - NODE[1] / 2, width: NODE[0], height: NODE[1], rx: 8 }),
      svg("text", { x, y: y + 4.5 }, t(`${words}.${one.state}`)));
  });
  return [
    svg("svg", { viewBox: `0 0 ${CELL[0] * 3} ${height}`, role: "img", "aria-label": t(`${words}.${state}`) },
      svg("defs", {}, tip()), ...lines, ...nodes),
    el("ul.next", {}, ...next.map((arrow) => el("li", {}, el("b", { text: t(`${words}.${arrow.to}`) }), " ", arrow.by))),
  ];
}

function tip() {
  return svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    svg("path", { d: "M0 0 L8 4 L0 8 z" }));
}

// From border to border, a little bent, so that there and back are two lines.
function curve([x1, y1], [x2, y2]) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [nx, ny] = [-(y2 - y1) / length, (x2 - x1) / length];
  const middle = [(x1 + x2) / 2 + nx * length * 0.12, (y1 + y2) / 2 + ny * length * 0.12];
  const [a, b] = [border([x1, y1], middle), border([x2, y2], middle)];
  return `M${a} Q${middle.map((n) => n.toFixed(1))} ${b}`;
}

function border([x, y], [tx, ty]) {
  const [dx, dy] = [tx - x, ty - y];
  const share = Math.min((NODE[0] / 2 + 2) / Math.abs(dx || 1e-9), (NODE[1] / 2 + 2) / Math.abs(dy || 1e-9));
  return [(x + dx * share).toFixed(1), (y + dy * share).toFixed(1)];
}
