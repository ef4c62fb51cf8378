// What a payer and the staff have at hand beside a window: cars and papers, a purse, keys and PINs.
import { chip, el, part, setup, t, touch } from "./common.js";
import { drawCars } from "./hand.js";
import { money } from "./money.js";

const CREDIT_NOTE_MINOR = 1000;

export function drawHand(holder, picture) {
  if (!holder.firstChild) holder.append(el("div.card"), el("div.card"), el("div.card"));
  const [cars, purse, keys] = holder.children;
  part(cars, [picture.tickets, picture.cars], drawCars);
  part(purse, null, drawPurse);
  part(keys, null, drawKeys);
}

function drawPurse() {
  const lay = (minor) => touch("carry", { origin: "payer", goal: "counter", denomination_minor: minor });
  return [
    el("h2", { text: t("purse") }),
    el("p.hint", { text: t("purse.hint") }),
    el("div.wallet.purse", {}, ...setup.notes_minor.map((minor) =>
      money(minor, { "aria-label": t("purse.lay", { yuan: minor / 100 }), onclick: () => lay(minor) }))),
    el("div.chips", {},
      el("button.coupon", { text: t("hand.coupon"), onclick: () => touch("show-coupon", { minutes: 60 }) }),
      el("button.coupon", { text: t("purse.note"), onclick: () => touch("credit-note", { amount_minor: CREDIT_NOTE_MINOR, scan: true }) })),
  ];
}

function drawKeys() {
  return [
    el("h2", { text: t("keys") }),
    el("p.hint", { text: t("keys.hint") }),
    el("table.keys", {}, el("tbody", {}, ...setup.staff.map((one) => el("tr", {},
      el("th", { scope: "row", text: one.shown_name }), el("td", { text: t("duty." + one.duty) }), el("td.pin", { text: one.pin }))))),
    el("div.chips", {}, chip("drawer.key", "unlock-drawer"), chip("float.in", "float-in")),
    el("p.hint", { text: t("float.hint") }),
  ];
}
