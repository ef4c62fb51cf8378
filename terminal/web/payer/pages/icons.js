// The pictures, as strokes on a field of 24 × 24. Each goes with words: a screen reader passes over it.

const STROKES = {
  back: "M20 12H5M11 5l-7 7 7 7",
  cancel: "M5 5l14 14M19 5L5 19",
  change: "M12 4a8 8 0 100 16 8 8 0 000-16zM8.5 8l3.5 4 3.5-4M12 12v5M9 13.5h6",
  clear: "M9 5h12v14H9l-6-7zM12 9l6 6M18 9l-6 6",
  clock: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 7v5l4 2",
  find: "M10 4a6 6 0 100 12 6 6 0 000-12zM15 15l6 6",
  good: "M12 2.5a9.5 9.5 0 100 19 9.5 9.5 0 000-19zM7 12.5l3.5 3.5L17 9",
  help: "M5 19h14M6.5 19v-7a5.5 5.5 0 0111 0v7M12 6.500V3M3.500 8L5 9M20.500 8L19 9",
  explain: "M5 6h14M5 12h14M5 18h8",
  language: "M3 6h10M8 3.500V6M5 15c4-1.500 6-5 6.500-9M5 9c1 3 3.500 5 6.500 6M12.500 21l4.500-11 4.500 11M14 17.500h6",
  leave: "M3 17v-4l2.500-5h9l3 5H20v4zM3 13h14M7 19.500a2 2 0 100-4 2 2 0 000 4zM16 19.500a2 2 0 100-4 2 2 0 000 4zM19 4l3 3-3 3M14 7h8",
  less: "M5 12h14",
  more: "M5 12h14M12 5v14",
  mute: "M4 9v6h4l5 4V5L8 9zM16.500 9.500l5 5M21.500 9.500l-5 5",
  note: "M2 6h20v12H2zM12 9a3 3 0 100 6 3 3 0 000-6zM5 9.500v5M19 9.500v5",
  pause: "M12 3a9 9 0 100 18 9 9 0 000-18zM9.500 8.500v7M14.500 8.500v7",
  pay: "M4 20h16M6 16h12V3H6zM12 7a2.500 2.500 0 100 5 2.500 2.500 0 000-5zM2 16h20",
  plain: "M12 2.500a9.500 9.500 0 100 19 9.500 9.500 0 000-19zM12 11v6M12 7v.5",
  plate: "M2 7h20v10H2zM6 10.500v3M9.500 10.500v3M13 10.500v3M16 10.500h2.500v3H16z",
  receipt: "M6 2.500v19l2-1.500 2 1.500 2-1.500 2 1.500 2-1.500 2 1.500v-19zM9 7h6M9 11h6M9 15h4",
  scan: "M3 8V4h4M17 4h4v4M21 16v4h-4M7 20H3v-4M7 8v8M10 8v8M14 8v8M17 8v8M12 8v8",
  service: "M14 6.500a4.500 4.500 0 016-2l-3 3 .5 2.500 2.500.5 3-3a4.500 4.500 0 01-6 5.500L9 21l-3.500-3.500L13.500 10a4.500 4.500 0 01.5-3.500z",
  services: "M4 8h16l-1.500 9.500h-13zM8 8V6a4 4 0 018 0v2M9 12v2M15 12v2",
  speak: "M4 9v6h4l5 4V5L8 9zM16 9c1.500 2 1.500 4 0 6M18.500 6.500c3 3.500 3 7.500 0 11",
  star: "M12 3l2.700 6 6.300.6-4.800 4.300 1.400 6.300L12 17l-5.600 3.200 1.400-6.300L3 9.600 9.300 9z",
  warn: "M12 3L2 20.500h20zM12 9.500v5M12 17v.6",
};

/** A picture by its name; one that nobody has drawn is the sign for a remark. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  path.setAttribute("d", STROKES[name] || STROKES.plain);
  svg.append(path);
  return svg;
}
