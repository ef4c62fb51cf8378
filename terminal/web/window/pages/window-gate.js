// Who works here: a name by its key, a PIN, Enter; or a badge before the scanner. Also for the next collector, when a drawer is handed over.

import { fill, make, part } from "./dom.js";
import { isBadge, post, showBadge } from "./window-wire.js";

const NAME_KEYS = ["F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10"];

let chosen = "";
let checking = false;
let badgeTried = 0;

export function drawGate(page) {
  const { gate, t } = page;
  const people = gate.operators.filter((each) => !page.nextSignsIn || each.name !== page.view?.shift.counter);
  if (!people.some((each) => each.name === chosen)) chosen = usual(gate, people);
  fill("main", [page.language, "gate", page.nextSignsIn], () => [make("section", { className: "gate" },
    make("h2", { id: "gate-title" }),
    make("p", { id: "gate-hint" }),
    make("div", { id: "names", attributes: { role: "radiogroup", "aria-label": t("who_are_you") } }),
    make("label", { className: "pin" }, make("span", { textContent: t("pin") }),
      make("input", { id: "pin", type: "password", inputMode: "numeric", autocomplete: "off", maxLength: 256 })),
    make("p", { id: "gate-said", className: "said", attributes: { role: "status" } }))]);
  part("gate-title").textContent = page.nextSignsIn ? t("next_signs_in") : t("gate." + gate.shift, { name: gate.shift_name });
  part("gate-hint").textContent = gate.other ? t("other_signed_in", { name: gate.other }) : t(people.length ? "gate_hint" : "nobody");
  fill("names", [page.language, people, chosen], () => people.map((each, index) => make("button", {
    type: "button", tabIndex: -1, data: { press: "name-" + each.name }, attributes: { role: "radio", "aria-checked": String(each.name === chosen) },
    onclick: () => choose(page, each.name),
  }, NAME_KEYS[index] ? make("kbd", { textContent: NAME_KEYS[index] }) : null, make("span", { textContent: each.shown_name }),
  make("small", { textContent: t("service.role." + each.role) }))));
  part("gate-said").textContent = checking ? t("checking") : page.said?.words ?? "";
  part("gate-said").className = page.said?.bad ? "said bad" : "said";
  if (document.activeElement !== part("pin") && !page.panel) part("pin").focus();
  return [
    ...people.slice(0, NAME_KEYS.length).map((each, index) => ({ key: NAME_KEYS[index], run: () => choose(page, each.name) })),
    { key: "ArrowUp", label: t("up"), run: () => choose(page, beside(people, -1)) },
    { key: "ArrowDown", label: t("down"), run: () => choose(page, beside(people, 1)) },
    { key: "Enter", label: t("sign_in"), run: () => signIn(page), tone: "main" },
    ...(page.nextSignsIn ? [{ key: "Escape", label: t("back"), run: () => { page.nextSignsIn = false; page.redraw(); } }] : []),
  ];
}

/** Whom the window waits for, or who was here last. */
function usual(gate, people) {
  const names = [gate.shift_who, localStorage.getItem("window-name")];
  return (names.find((name) => people.some((each) => each.name === name)) ?? people[0]?.name) ?? "";
}

const beside = (people, step) => people[(people.findIndex((each) => each.name === chosen) + step + people.length) % people.length]?.name ?? "";

function choose(page, name) {
  chosen = name;
  part("pin").value = "";
  page.said = null;
  page.redraw();
}

async function signIn(page) {
  const pin = part("pin").value;
  if (checking || pin.length < 4) return;
  part("pin").value = "";
  if (isBadge(pin)) return void showBadge(pin);
  if (!chosen) return;
  await prove(page, { name: chosen, pin });
}

/** A badge was held before the scanner; it is good once. */
export async function signInByBadge(page, seq) {
  if (checking || seq === badgeTried) return;
  badgeTried = seq;
  await prove(page, { badge: seq });
}

async function prove(page, proof) {
  checking = true;
  page.redraw();
  const answer = await post("sign-in", proof);
  checking = false;
  if (!answer.ok) {
    const { reason = "other", wait_s = 0 } = answer;
    const wait = wait_s < 100 ? page.t("seconds", { n: wait_s }) : page.t("minutes", { n: Math.ceil(wait_s / 60) });
    const locked = reason === "wrong" && wait_s > 1 ? " " + page.t("service.refused.locked", { wait }) : "";
    page.say(page.t(proof.badge ? "badge_refused" : "service.refused." + reason, { wait }) + locked, true);
    return void page.redraw();
  }
  localStorage.setItem("window-name", answer.name);
  page.said = null;
  page.enter(answer);
}
