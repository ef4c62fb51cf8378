// The kiosk as a machine: its own page behind glass, its devices as they look, the barrier before it.
import { barrier, drawBarrier } from "./barrier.js";
import { chip, el, part, setup, t, touch, yuan } from "./common.js";
import { PANELS, bay, begin, cable, chosenDevice, printerBay, scannerBay } from "./devices.js";
import { screen } from "./screen.js";
import { drawTape, tape } from "./tape.js";

const WIDE = [1024, 600];
const SMALL = [800, 480];

const parts = {};

export function drawMachine(holder, picture) {
  if (!holder.firstChild) build(holder);
  const { rig, program } = picture;
  const on = rig.powered && program !== "ended";
  parts.kiosk.dataset.power = on ? "on" : "off";
  parts.screen.draw(rig.powered ? program : "off");
  part(parts.canopy, [rig.powered, picture.world.state], drawCanopy);
  drawDevices(rig);
  part(parts.box, rig.validator, drawBox);
  part(parts.door, rig.door_open, drawDoor);
  drawTape(rig.papers);
  drawBarrier(rig.barrier);
}

function drawDevices(rig) {
  begin(chosenDevice() || "validator", () => drawDevices(rig));
  part(parts.bays, [rig.validator, rig.printer, rig.cables, rig.powered, chosenDevice()], () => drawBays(rig));
  const panels = { ...PANELS, validator: validatorPanel };
  part(parts.panel, [rig.validator, rig.printer, rig.cables, chosenDevice()], () => panels[chosenDevice()](rig));
}

function build(holder) {
  for (const name of ["canopy", "bays", "panel", "box", "door"]) parts[name] = el("div." + name);
  parts.screen = screen(setup.frame, "machine.screen", (width) => (width < 480 ? SMALL : WIDE));
  parts.kiosk = el("div.kiosk", {},
    parts.canopy,
    el("div.bezel", {}, parts.screen.glass),
    parts.bays,
    el("div.lower", {}, el("div.service", {}, parts.panel, parts.box, parts.door), tape));
  holder.append(parts.kiosk, barrier);
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
  const { validator, cables } = rig;
  const note = validator.note;
  const moving = note && note.place !== "box" && note.place !== "returned";
  return [
    scannerBay(rig),
    bay("validator",
      el("div.mouth", { data: { takes: validator.takes_notes } },
        note && note.place !== "box" ? el(`i.slip.y${note.amount_minor / 100}.${note.place}`) : null),
      validator.jammed ? t("jam") : !cables.validator ? t("cable.is.out")
        : moving || note?.place === "returned" ? noteWords(note) : t(validator.takes_notes ? "takes.yes" : "takes.no"),
      validator.jammed || !cables.validator),
    printerBay(rig),
    el("div.bay.press", {},
      el("button.cancel", { "aria-label": t("cancel"), data: { key: "cancel" }, onclick: () => touch("press-cancel") }),
      el("span.what", { text: t("cancel") })),
  ];
}

function noteWords(note) {
  return (note.amount_minor ? yuan(note.amount_minor) + " " : "") + t("note." + note.place);
}

function validatorPanel(rig) {
  return [
    el("h3", { text: t("validator") }),
    el("div.chips", {},
      rig.validator.jammed ? chip("jam.clear", "clear-jam") : chip("jam.make", "jam"),
      chip("note.pull", "pull-back"),
      cable("validator", rig)),
  ];
}

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
