// What was printed, as it lies there. Pieces of paper stay the same elements, so that the one under the head grows and nothing flickers.
import { el, t } from "./common.js";

const pieces = new Map();
const head = el("h3");
const papersHeld = el("div.papers", { tabindex: "0" });

export const tape = el("div.tape", {}, head, papersHeld);

export function drawTape(papers) {
  head.textContent = papers.length ? t("tape") : `${t("tape")}: ${t("tape.empty")}`;
  for (const number of pieces.keys()) {
    if (!papers.some((paper) => paper.number === number)) {
      pieces.get(number).remove();
      pieces.delete(number);
    }
  }
  for (const paper of papers) {
    if (!pieces.has(paper.number)) {
      pieces.set(paper.number, el("figure.paper", {}, el("img", { alt: "" }), el("pre")));
      papersHeld.prepend(pieces.get(paper.number));
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
