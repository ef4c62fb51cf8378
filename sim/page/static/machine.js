// The kiosk as a machine: its own page behind glass, its devices as they look, the barrier before it.
import { chip, el, part, setup, svg, t, touch, yuan } from "./common.js";

const WIDE = [1024, 600];
const SMALL = [800, 480];
const OPEN_MS = 6000; // how long the boom is drawn up after a pulse of the relay

const parts = {};
let chosen = "validator";
let newest = null;
let openings = null;
let opensUntil = 0;

export function drawMachine(holder, picture) {
  newest = picture;
  if (!holder.firstChild) build(holder);
  const { rig, program } = picture;
  const on = rig.powered && program !== "ended";
  parts.kiosk.dataset.power = on ? "on" : "off";
  drawScreen(rig.powered ? program : "off");
  part(parts.canopy, [rig.powered, picture.world.state], drawCanopy);
  part(parts.bays, [rig.validator, rig.printer, rig.cables, rig.powered, chosen], () => drawBays(rig));
  part(parts.panel, [rig.validator, rig.printer, rig.cables, chosen], () => PANELS[chosen](rig));
  part(parts.box, rig.validator, drawBox);
  part(parts.door, rig.door_open, drawDoor);
  drawTape(rig.papers);
  drawBarrier(rig.barrier);
}

function build(holder) {
  const make = (name, what = "div." + name) => (parts[name] = el(what));
  make("canopy");
  make("glass");
  make("bays");
  make("panel");
  make("box");
  make("door");
  parts.papers = el("div.papers", { tabindex: "0" });
  parts.tapeHead = el("h3");
  parts.tape = el("div.tape", {}, parts.tapeHead, parts.papers);
  parts.barrier = buildBarrier();
  parts.kiosk = el("div.kiosk", {},
    parts.canopy,
    el("div.bezel", {}, parts.glass),
    parts.bays,
    el("div.lower", {}, el("div.service", {}, parts.panel, parts.box, parts.door), parts.tape));
  holder.append(parts.kiosk, parts.barrier);
  new ResizeObserver(scale).observe(parts.glass);
}

// --- the screen ------------------------------------------------------------------------------------------------
let shown = "";
function drawScreen(program) {
  if (program === shown) return;
  shown = program;
  const dark = { off: "machine.off", starting: "machine.starting", ended: "machine.ended" }[program];
  const frame = el("iframe", { src: setup.frame, title: t("machine.screen") });
  parts.glass.replaceChildren(dark ? el("p.dark", { text: t(dark) }) : frame);
  scale();
}

function scale() {
  const width = parts.glass.clientWidth;
  const [w, h] = width < 480 ? SMALL : WIDE;
  parts.glass.style.height = (width * h) / w + "px";
  const frame = parts.glass.querySelector("iframe");
  if (!frame) return;
  frame.style.width = w + "px";
  frame.style.height = h + "px";
  frame.style.transform = `scale(${width / w})`;
}

function drawCanopy([powered, state]) {
  return [
    el("span.sign", { text: "P", "aria-hidden": "true" }),
    el("span.name", { text: "k01 · " + (powered ? t("state." + state) : t("machine.off")) }),
    el("span.lamp", { data: { lamp: powered ? state : "off" }, "aria-hidden": "true" }),
  ];
}

// --- devices ---------------------------------------------------------------------------------------------------
function drawBays(rig) {
  const { validator, printer, cables } = rig;
  const note = validator.note;
  const moving = note && note.place !== "box" && note.place !== "returned";
  return [
    bay("scanner", el("div.window", {}, el("i.beam")), cables.scanner ? "" : t("cable.is.out"), !cables.scanner),
    bay("validator",
      el("div.mouth", { data: { takes: validator.takes_notes } },
        note && note.place !== "box" ? el(`i.slip.y${note.amount_minor / 100}.${note.place}`) : null),
      validator.jammed ? t("jam") : !cables.validator ? t("cable.is.out")
        : moving || note?.place === "returned" ? noteWords(note) : t(validator.takes_notes ? "takes.yes" : "takes.no"),
      validator.jammed || !cables.validator),
    bay("printer", el("div.slit", {}, printer.printing ? el("i.coming") : null), paperWords(rig),
      printer.out || printer.cover_open || printer.cutter_jammed || !cables.printer),
    el("div.bay.press", {},
      el("button.cancel", { "aria-label": t("cancel"), data: { key: "cancel" }, onclick: () => touch("press-cancel") }),
      el("span.what", { text: t("cancel") })),
  ];
}

function noteWords(note) {
  return (note.amount_minor ? yuan(note.amount_minor) + " " : "") + t("note." + note.place);
}

function paperWords({ printer, cables }) {
  if (!cables.printer) return t("cable.is.out");
  if (printer.cover_open) return t("cover.is.open");
  if (printer.cutter_jammed) return t("cutter.is.jammed");
  return t(printer.out ? "paper.is.out" : printer.low ? "paper.is.low" : "paper.is.ok");
}

function bay(name, face, state, bad) {
  const choose = () => {
    chosen = name;
    drawMachine(document.getElementById("machine"), newest);
  };
  return el("button.bay", { "aria-pressed": chosen === name, data: { key: "bay-" + name, bad }, onclick: choose },
    face, el("span.what", { text: t(name) }), el("span.state", { text: state || " " }));
}

function cable(name, rig) {
  return rig.cables[name] ? chip("cable.out", "unplug", { device: name }) : chip("cable.in", "plug", { device: name });
}

const PANELS = {
  scanner: (rig) => [
    el("h3", { text: t("scanner") }),
    el("div.chips", {}, chip("verb.noise", "noise", { count: 64 }), cable("scanner", rig)),
  ],
  validator: (rig) => [
    el("h3", { text: t("validator") }),
    el("div.chips", {},
      rig.validator.jammed ? chip("jam.clear", "clear-jam") : chip("jam.make", "jam"),
      chip("note.pull", "pull-back"),
      cable("validator", rig)),
  ],
  printer: (rig) => [
    el("h3", { text: `${t("printer")} · ${(rig.printer.paper_mm / 1000).toFixed(2)} m` }),
    el("div.chips", {},
      chip("paper.out", "paper-out"),
      chip("paper.little", "paper-out", { mm: 60 }),
      chip("paper.load", "new-roll"),
      rig.printer.cover_open ? chip("cover.close", "close-cover") : chip("cover.open", "open-cover"),
      rig.printer.cutter_jammed ? chip("cutter.clear", "clear-cutter") : chip("cutter.jam", "jam-cutter"),
      cable("printer", rig)),
  ],
};

function drawBox(validator) {
  const notes = Object.entries(validator.box).sort(([a], [b]) => b - a);
  return [
    el("div.head", {}, el("h3", { text: t("box") }), el("b", { text: validator.box_present ? yuan(validator.box_minor) : "" }),
      validator.box_present ? chip("box.remove", "remove-box") : chip("box.replace", "replace-box")),
    validator.box_present
      ? el("div.stack", {}, ...(notes.length
        ? notes.map(([minor, count]) => el(`span.inbox.y${minor / 100}`, { text: `${count} × ${minor / 100}` }))
        : [el("span.hint", { text: t("box.empty") })]))
      : el("div.stack.hole", {}, el("span.hint", { text: t("box.out") })),
  ];
}

function drawDoor(open) {
  return [
    el("i.keyhole", { data: { open }, "aria-hidden": "true" }),
    el("span", { text: `${t("door")}: ${t(open ? "door.is.open" : "door.is.shut")}` }),
    open ? chip("door.close", "close-door") : chip("door.open", "open-door"),
  ];
}

// --- the tape --------------------------------------------------------------------------------------------------
// Pieces of paper stay the same elements, so that the one under the head grows and nothing flickers.
const pieces = new Map();
function drawTape(papers) {
  parts.tapeHead.textContent = papers.length ? t("tape") : `${t("tape")}: ${t("tape.empty")}`;
  for (const number of pieces.keys()) {
    if (!papers.some((paper) => paper.number === number)) {
      pieces.get(number).remove();
      pieces.delete(number);
    }
  }
  for (const paper of papers) {
    if (!pieces.has(paper.number)) {
      pieces.set(paper.number, el("figure.paper", {}, el("img", { alt: "" }), el("pre")));
      parts.papers.prepend(pieces.get(paper.number));
    }
    print(pieces.get(paper.number), paper);
  }
}

function print(piece, paper) {
  const [picture, text] = piece.children;
  picture.alt = t("tape.picture", { number: paper.number + 1 });
  const source = `/paper?number=${paper.number}&lines=${paper.lines.length}&cut=${paper.cut}`;
  if (piece.dataset.source === source) return;
  piece.dataset.source = source;
  text.textContent = paper.lines.map((line) => line.replace(/^\[x2\]/, "")).join("\n");
  const coming = new Image();
  coming.src = source;
  coming.decode().then(() => {
    if (piece.dataset.source === source) picture.src = source;
  }).catch(() => piece.classList.add("plain")); // no font for pictures: the text must do
}

// --- the barrier -----------------------------------------------------------------------------------------------
function buildBarrier() {
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

function drawBarrier(barrier) {
  if (openings !== null && barrier.openings > openings) {
    opensUntil = performance.now() + OPEN_MS;
    setTimeout(() => drawBarrier(newest.rig.barrier), OPEN_MS + 50);
  }
  openings = barrier.openings;
  parts.barrier.dataset.open = barrier.relay || performance.now() < opensUntil;
  part(parts.barrier.lastChild, barrier.openings, (n) => [`${t("barrier")} · ${t("barrier.opened", { n })}`]);
}
