// A piece of money that can be touched: a note, or a coin; with how many there are of it.
import { el } from "./common.js";

const SMALLEST_NOTE = 100;
const JIAO = 10;

export function money(minor, { count = 0, ...properties } = {}) {
  const [value, unit] = minor < SMALLEST_NOTE ? [minor / JIAO, "角"] : [minor / 100, "元"];
  const kind = minor < SMALLEST_NOTE ? "coin" : `note.y${value}`;
  return el(`button.${kind}.piece`, { data: { key: "piece" + minor }, ...properties },
    el("span.value", { text: value }), el("span.unit", { text: unit }), count ? el("span.count", { text: "× " + count }) : null);
}
