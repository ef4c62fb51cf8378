// A screen with the terminal's own page behind its glass, as large as there is room; dark while nothing serves it.
import { el, t } from "./common.js";

const DARK = { off: "machine.off", starting: "machine.starting", ended: "machine.ended" };

// `size` tells width and height of the page for a width of the glass.
export function screen(source, title, size) {
  const glass = el("div.glass");
  let shown = "";

  function scale() {
    const width = glass.clientWidth;
    const [w, h] = size(width);
    glass.style.height = (width * h) / w + "px";
    const frame = glass.querySelector("iframe");
    if (!frame) return;
    frame.style.width = w + "px";
    frame.style.height = h + "px";
    frame.style.transform = `scale(${width / w})`;
  }

  function draw(program) {
    if (program === shown) return;
    shown = program;
    const dark = DARK[program];
    glass.replaceChildren(dark ? el("p.dark", { text: t(dark) }) : el("iframe", { src: source, title: t(title) }));
    scale();
  }

  new ResizeObserver(scale).observe(glass);
  return { glass, draw };
}
