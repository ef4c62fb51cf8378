// The devices that every terminal has: how they look, and what can be done to one that was touched.
import { chip, el, t } from "./common.js";

let chosen = "";
let again = () => {};

// `first` is the device that is chosen at the beginning; `redraw` is called when another one is.
export function begin(first, redraw) {
  chosen = first;
  again = redraw;
}

export const chosenDevice = () => chosen;

export function bay(name, face, state, bad) {
  const choose = () => {
    chosen = name;
    again();
  };
  return el("button.bay", { "aria-pressed": chosen === name, data: { key: "bay-" + name, bad }, onclick: choose },
    face, el("span.what", { text: t(name) }), el("span.state", { text: state || " " }));
}

export function cable(name, rig) {
  return rig.cables[name] ? chip("cable.out", "unplug", { device: name }) : chip("cable.in", "plug", { device: name });
}

export const scannerBay = ({ cables }) =>
  bay("scanner", el("div.window", {}, el("i.beam")), cables.scanner ? "" : t("cable.is.out"), !cables.scanner);

export const printerBay = (rig) =>
  bay("printer", el("div.slit", {}, rig.printer.printing ? el("i.coming") : null), paperWords(rig),
    rig.printer.out || rig.printer.cover_open || rig.printer.cutter_jammed || !rig.cables.printer);

function paperWords({ printer, cables }) {
  if (!cables.printer) return t("cable.is.out");
  if (printer.cover_open) return t("cover.is.open");
  if (printer.cutter_jammed) return t("cutter.is.jammed");
  return t(printer.out ? "paper.is.out" : printer.low ? "paper.is.low" : "paper.is.ok");
}

export const PANELS = {
  scanner: (rig) => [
    el("h3", { text: t("scanner") }),
    el("div.chips", {}, chip("verb.noise", "noise", { count: 64 }), cable("scanner", rig)),
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
