// What the payer has: cars and their tickets, a wallet of notes, a coupon.
import { chip, el, minutes, part, setup, t, touch, yuan } from "./common.js";

const STAYS = [5, 30, 90, 240, 1500, 4320];
const COUPON = 60;

export function drawHand(holder, picture) {
  if (!holder.firstChild) holder.append(el("div.card"), el("div.card"));
  const [cars, wallet] = holder.children;
  part(cars, [picture.tickets, picture.cars], drawCars);
  part(wallet, setup.notes_minor, (notes) => [
    el("h2", { text: t("hand.wallet") }),
    el("p.hint", { text: t("hand.wallet.hint") }),
    el("div.wallet", {}, ...notes.map(drawNote), drawTorn(),
      el("button.coupon", { text: t("hand.coupon"), onclick: () => touch("show-coupon", { minutes: COUPON }) })),
  ]);
}

export function drawCars([tickets, seen]) {
  return [
    el("h2", { text: t("hand.car") }),
    el("p.hint", { text: t("hand.car.hint") }),
    el("div.chips.stays", {}, ...STAYS.map((stay) =>
      el("button.chip", { text: minutes(stay), data: { key: "car" + stay }, onclick: () => touch("new-car", { minutes: stay }) }))),
    el("h3", { text: t("hand.tickets") }),
    tickets.length
      ? el("div.tickets", {}, ...tickets.map(drawTicket))
      : el("p.hint", { text: t("hand.no_tickets") }),
    chip("hand.plate", "car-by-plate", { minutes: 90 }),
    ...(seen.length ? [
      el("p.hint", { text: t("hand.cars") }),
      el("div.plates", {}, ...seen.map((car) => el("span.plate", { text: car.plate.slice(0, 2) + "·" + car.plate.slice(2) }))),
    ] : []),
  ];
}

function drawTicket(ticket) {
  return el("button.ticket", { data: { key: ticket.code }, onclick: () => touch("scan", { code: ticket.code }) },
    el("b", { text: minutes(ticket.minutes) }),
    el("small", { text: ticket.code.split(".")[1] }));
}

function drawNote(minor) {
  const value = minor / 100;
  const pay = async (event) => {
    fly(event.currentTarget);
    await touch("insert", { amount_minor: minor });
  };
  return el(`button.note.y${value}`, { "aria-label": t("hand.note", { yuan: value }), title: yuan(minor), onclick: pay },
    el("span.corner", { text: value }), el("span.value", { text: value }), el("span.unit", { text: "元" }));
}

function drawTorn() {
  const pay = (event) => {
    fly(event.currentTarget);
    touch("insert-fake");
  };
  return el("button.note.torn", { "aria-label": t("hand.torn"), onclick: pay }, el("span.unit", { text: t("hand.torn.short") }));
}

// The note goes to the mouth of the validator; where it comes to rest is told by the rig.
function fly(note) {
  const mouth = document.querySelector(".mouth");
  if (!mouth || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const from = note.getBoundingClientRect();
  const to = mouth.getBoundingClientRect();
  const flying = note.cloneNode(true);
  flying.classList.add("flying");
  flying.inert = true;
  flying.setAttribute("aria-hidden", "true");
  flying.style.left = from.left + "px";
  flying.style.top = from.top + "px";
  flying.style.width = from.width + "px";
  document.body.append(flying);
  const x = to.left + to.width / 2 - from.left - from.width / 2;
  const y = to.top + to.height / 2 - from.top - from.height / 2;
  flying.animate(
    [{ transform: "none" }, { transform: `translate(${x}px, ${y}px) scale(0.7, 0.2)`, opacity: 0.6 }],
    { duration: 350, easing: "ease-in" },
  ).finished.finally(() => flying.remove());
}
