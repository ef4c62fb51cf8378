// The gate: a closed door, or names and a number pad. The PIN is in no field of the page, only in this module, until it is sent.

import { fill, make, part } from "./dom.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "delete", "0", "enter"];
const SHORTEST = 4;
const LONGEST = 12;

let chosen = "";
let pin = "";
let checking = false;
let signIn = async () => false;

/** How a name and a PIN are handed in; answers whether they were right. */
export function setPress(press) {
  signIn = press;
}

export function drawGate(page) {
  const { door_open, operators } = page.gate;
  if (!door_open || !operators.some((each) => each.name === chosen)) {
    pin = "";
    chosen = operators.length === 1 && door_open ? operators[0].name : "";
  }
  if (!door_open) {
    fill("main", [page.language, "closed"], () => [make("section", { className: "closed" },
      make("h2", { textContent: page.t("closed_door") }),
      make("p", { textContent: page.t("closed_door_hint") }),
      make("a", { href: "/", className: "button", textContent: page.t("to_payer"), data: { press: "to-payer" } }))]);
    return;
  }
  fill("main", [page.language, "gate", operators], () => [make("section", { className: "gate" },
    make("div", { className: "names" },
      make("h2", { textContent: page.t("choose") }),
      operators.length ? make("div", { id: "names" }) : make("p", { textContent: page.t("nobody") }),
      make("a", { href: "/", className: "button", textContent: page.t("to_payer"), data: { press: "to-payer" } })),
    make("div", { className: "pad" },
      make("h2", { textContent: page.t("pin") }),
      make("p", { id: "dots", attributes: { role: "status" } }),
      make("div", { id: "keys" })))]);
  if (operators.length) drawNames(page, operators);
  drawPad(page);
}

function drawNames(page, operators) {
  fill("names", [page.language, operators, chosen], () => operators.map((each) => make("button", {
    type: "button", textContent: each.shown_name, data: { press: "name-" + each.name },
    attributes: { "aria-pressed": String(each.name === chosen) },
    onclick: () => { chosen = each.name; pin = ""; page.redraw(); },
  })));
}

function drawPad(page) {
  part("dots").textContent = checking ? page.t("checking") : "●".repeat(pin.length);
  part("dots").setAttribute("aria-label", checking ? page.t("checking") : page.t("pin_digits", { n: pin.length }));
  fill("keys", [page.language], () => KEYS.map((key) => make("button", {
    type: "button", data: { press: key }, onclick: () => typed(page, key),
    textContent: key === "delete" ? "←" : key === "enter" ? page.t("enter") : key,
    attributes: key === "delete" ? { "aria-label": page.t("delete") } : {},
  })));
  for (const key of part("keys").children) {
    const ready = key.dataset.press === "enter" ? pin.length >= SHORTEST : true;
    key.disabled = checking || !chosen || !ready;
  }
}

async function typed(page, key) {
  if (key === "delete") pin = pin.slice(0, -1);
  else if (key !== "enter") pin = (pin + key).slice(0, LONGEST);
  else if (pin.length >= SHORTEST && chosen && !checking) {
    const tried = pin;
    pin = "";
    checking = true;
    page.redraw();
    try {
      if (await signIn(chosen, tried)) chosen = "";
    } finally {
      checking = false;
    }
  }
  page.redraw();
}

document.addEventListener("keydown", (event) => {
  const key = { Backspace: "delete", Enter: "enter" }[event.key] ?? event.key;
  const typing = !event.target.closest?.("button, a") || key !== "enter";
  const button = typing && part("keys")?.querySelector(`[data-press="${CSS.escape(key)}"]`);
  if (button && !button.disabled) button.click();
});
