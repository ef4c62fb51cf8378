// The staffed window: the collector's page and the payer's display behind glass, the drawer with what lies in it, the counter before it.
import { barrier, drawBarrier } from "./barrier.js";
import { chip, el, part, setup, t, touch, yuan } from "./common.js";
import { PANELS, begin, cable, chosenDevice, printerBay, scannerBay } from "./devices.js";
import { money } from "./money.js";
import { screen } from "./screen.js";
import { drawTape, tape } from "./tape.js";

const COLLECTOR = [1024, 768];
const PAYER = [640, 400];

const parts = {};

export function drawMachine(holder, picture) {
  if (!holder.firstChild) build(holder);
  const { rig, program, world } = picture;
  const on = rig.powered && program !== "ended";
  const serving = rig.powered ? program : "off";
  parts.kiosk.dataset.power = on ? "on" : "off";
  parts.collector.draw(serving);
  parts.payer.draw(serving);
  part(parts.canopy, [rig.powered, world.shift], drawCanopy);
  part(parts.keys, null, () => [t("booth.keys")]);
  part(parts.payerHead, null, () => [t("booth.display")]);
  part(parts.counter, [rig.drawer.counter, rig.drawer.open], () => drawCounter(rig.drawer));
  part(parts.drawer, [rig.drawer, rig.cables.drawer], () => drawDrawer(rig));
  parts.drawer.dataset.open = rig.drawer.open;
  drawDevices(rig);
  drawTape(rig.papers);
  drawBarrier(rig.barrier);
}

function drawDevices(rig) {
  begin(chosenDevice() || "printer", () => drawDevices(rig));
  part(parts.bays, [rig.printer, rig.cables, rig.powered, chosenDevice()], () => [scannerBay(rig), printerBay(rig)]);
  part(parts.panel, [rig.printer, rig.cables, chosenDevice()], () => PANELS[chosenDevice()](rig));
}

function build(holder) {
  for (const name of ["canopy", "bays", "panel", "drawer", "counter"]) parts[name] = el("div." + name);
  parts.keys = el("p.hint");
  parts.payerHead = el("h3");
  parts.collector = screen(setup.frame, "booth.screen", () => COLLECTOR);
  parts.payer = screen(setup.display, "booth.display", () => PAYER);
  parts.kiosk = el("div.kiosk.booth", {},
    parts.canopy,
    el("div.bezel", {}, parts.collector.glass),
    parts.keys,
    el("div.desk", {},
      el("div.service", {}, parts.counter, parts.drawer, parts.bays, parts.panel),
      el("div.payer", {}, parts.payerHead, el("div.bezel", {}, parts.payer.glass), tape)));
  holder.append(parts.kiosk, barrier);
}

function drawCanopy([powered, shift]) {
  const lamp = !powered ? "off" : shift === "SERVING" ? "IDLE" : "OUT_OF_SERVICE";
  return [
    el("span.sign", { text: "P", "aria-hidden": "true" }),
    el("span.name", { text: "w01 · " + (powered ? t("shift." + shift) : t("machine.off")) }),
    el("span.lamp", { data: { lamp }, "aria-hidden": "true" }),
  ];
}

// --- cash ------------------------------------------------------------------------------------------------------
const byWorth = (pieces) => Object.entries(pieces).map(([minor, count]) => [Number(minor), count]).sort(([a], [b]) => b - a);

function drawCounter({ counter, counter_minor, open }) {
  const pieces = byWorth(counter);
  const into = (minor) => touch("carry", { origin: "counter", goal: "drawer", denomination_minor: minor });
  return [
    el("div.head", {}, el("h3", { text: t("counter") }), el("b", { text: pieces.length ? yuan(counter_minor) : "" }),
      pieces.length ? chip("counter.back", "carry-back") : null),
    el("div.laid", {}, ...(pieces.length
      ? pieces.map(([minor, count]) => money(minor, { count, "aria-label": t("counter.in", { yuan: minor / 100 }), disabled: !open, onclick: () => into(minor) }))
      : [el("span.hint", { text: t("counter.empty") })])),
  ];
}

function drawDrawer(rig) {
  const { drawer } = rig;
  const pieces = byWorth(drawer.pieces);
  const out = (minor) => touch("carry", { origin: "drawer", goal: "payer", denomination_minor: minor });
  const state = drawer.open ? "drawer.is.open" : drawer.stuck ? "drawer.is.stuck" : "drawer.is.shut";
  return [
    el("div.head", {}, el("h3", { text: `${t("drawer")}: ${t(state)}` }), el("b", { text: yuan(drawer.minor) })),
    el("div.till", {}, ...(pieces.length
      ? pieces.map(([minor, count]) => money(minor, { count, "aria-label": t("drawer.out", { yuan: minor / 100 }), disabled: !drawer.open, onclick: () => out(minor) }))
      : [el("span.hint", { text: t("box.empty") })])),
    el("div.chips", {},
      el("button.chip.follow", { text: t("hands.follow"), disabled: !drawer.open, data: { key: "follow" }, onclick: () => touch("follow-books") }),
      chip("drawer.shut", "shut-drawer", {}, { disabled: !drawer.open }),
      drawer.stuck ? chip("drawer.free", "free-drawer") : chip("drawer.stick", "stick-drawer"),
      cable("drawer", rig)),
    el("p.hint", { text: t(drawer.open ? "drawer.hint.open" : "drawer.hint.shut") }),
  ];
}
