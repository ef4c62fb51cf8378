// Which panels there are beside the sale: other means, services, plates, payers who stepped aside, the drawer, false notes.

import { fill, make, part } from "./dom.js";
import { total } from "./window-count.js";
import { foot, formPanel, head, menuPanel } from "./window-form.js";
import { method } from "./window-sell.js";
export { noteOfReceipt, receiptsPanel } from "./window-receipts.js";

const NEVER = 100_000_000; // from this amount on everybody may act alone
const LARGE_NOTES = 2;

/** Whether an act needs a second person, as the table of the site says; the terminal decides. */
export function needsSecond(page, name, amount = 0) {
  const limit = page.view.alone_up_to_minor[name] ?? 0;
  return limit < NEVER && (limit === 0 || Math.abs(amount) > limit);
}

const named = (page, names) => names[page.language] ?? Object.values(names)[0] ?? "";

/** By what is paid beside cash: a method, an amount, the reference that its own device printed. */
export function meansPanel(page) {
  const { t, view } = page;
  const methods = view.methods.filter((each) => each !== "cash");
  return formPanel(page, {
    title: t("key.means"),
    fields: [
      { name: "method", kind: "choice", label: t("means"), options: methods.map((value) => ({ value, label: method(page, value) })), value: methods.length === 1 ? methods[0] : "", needed: true },
      { name: "amount_minor", kind: "money", label: t("amount"), value: view.sale.missing_minor },
      { name: "reference", kind: "text", label: t("reference"), needed: true },
    ],
    submit: t("take"),
    run: (values) => page.act("tender", values),
  });
}

export function suspendedPanel(page) {
  const { t, view } = page;
  return menuPanel(page, t("key.resume"), view.suspended.map((sale) => ({
    label: `${t("kind." + sale.kind)} ${sale.about}`, more: page.money(sale.due_minor),
    run: async () => { page.close(); await page.act("resume", { sale_no: sale.sale_no }); },
  })));
}

/** One of several things is taken out of the sale. */
export function thingsPanel(page) {
  const { t, view } = page;
  return menuPanel(page, t("key.remove"), view.sale.things.map((thing) => ({
    label: `${t("kind." + thing.kind)} ${thing.shown_id}`, more: page.money(thing.due_minor),
    run: async () => { page.close(); await page.act("remove", { ticket_id: thing.ticket_id }); },
  })));
}

// --- services -------------------------------------------------------------------------------------------------------

/** Each press of a number is one more of that; `*` and a number set how many. */
export function servicesPanel(page) {
  const { t, view } = page;
  const shown = view.services.slice(0, 9);
  const basket = new Map();
  let at = null;
  let typing = null;

  const add = (service, count) => {
    basket.set(service.id, Math.max(0, Math.min(service.max, count)));
    at = service;
    redraw();
  };
  const sum = () => shown.reduce((all, each) => all + each.price_minor * (basket.get(each.id) ?? 0), 0);
  const rows = () => shown.map((service, index) => make("button", {
    type: "button", className: service === at ? "at" : "", data: { press: String(index + 1) }, tabIndex: -1, onclick: () => add(service, (basket.get(service.id) ?? 0) + 1),
  }, make("kbd", { textContent: String(index + 1) }), make("span", { textContent: named(page, service.names) }), make("small", { textContent: `${service.price} / ${named(page, service.units)}` }),
  make("b", { textContent: basket.get(service.id) ? `× ${basket.get(service.id)}` : "" })));
  const redraw = () => {
    part("services").replaceChildren(...rows());
    part("services-sum").textContent = page.money(sum());
    part("services-hint").textContent = typing === null ? t("services_hint") : t("services_quantity", { what: named(page, at.names), n: typing || "…" });
  };
  const digit = (figure) => {
    if (typing !== null) {
      typing = (typing + figure).slice(0, 3);
      add(at, Number(typing));
    } else if (figure !== "0" && shown[figure - 1]) add(shown[figure - 1], (basket.get(shown[figure - 1].id) ?? 0) + 1);
  };
  const sell = async () => {
    const chosen = [...basket].filter(([, count]) => count);
    if (!chosen.length) return;
    page.close();
    await page.act("services", { basket: chosen });
  };
  return {
    draw: () => [...head(page, t("key.services")), make("div", { id: "services", className: "menu" }, rows()), make("p", { className: "total", id: "services-sum", textContent: page.money(0) }),
      make("p", { id: "services-hint", className: "hint", textContent: t("services_hint") }), ...foot()],
    keys: () => [
      ..."0123456789".split("").map((figure) => ({ key: figure, run: () => digit(figure) })),
      { key: "Enter", label: t("sell_this"), tone: "main", run: () => { if (typing !== null) { typing = null; redraw(); } else sell(); } },
      { key: "*", label: t("quantity"), run: () => { if (at) { typing = ""; redraw(); } } },
      { key: "-", label: t("one_less"), run: () => at && add(at, (basket.get(at.id) ?? 0) - 1) },
      { key: "Escape", label: t("back"), run: page.close },
    ],
    focus: () => part("panel-title").focus(),
  };
}

// --- plates ---------------------------------------------------------------------------------------------------------

/** A part of the plate, then the car by its number. */
export function carPanel(page) {
  const { t } = page;
  const input = make("input", { autocomplete: "off", maxLength: 8, attributes: { "aria-label": t("plate_part") } });
  let found = null;
  const search = async () => {
    found = await page.get("cars?plate=" + encodeURIComponent(input.value.trim().toUpperCase()));
    if (found === null) return void page.say(page.said?.words ?? "", true);
    page.say(found.candidates.length ? t("choose_car") : t(found.reason ?? "refused.none"), !found.candidates.length);
    fill("cars", [found, page.language], () => found.candidates.map((car, index) => make("button", { type: "button", data: { press: String(index + 1) }, onclick: () => choose(car) },
      make("kbd", { textContent: `F${index + 2}` }), make("span", { textContent: car.masked }), make("small", { textContent: time(page, car.entered_at_ms) }))));
    page.redraw();
  };
  const choose = async (car) => {
    page.close();
    await page.act("car", { token: car.token });
  };
  return {
    draw: () => [...head(page, t("key.plate")), make("label", {}, make("span", { textContent: t("plate_part") }), input), make("div", { id: "cars", className: "menu" }), ...foot()],
    keys: () => [
      { key: "Enter", label: t("search"), tone: "main", run: search },
      ...(found?.candidates ?? []).slice(0, 9).map((car, index) => ({ key: `F${index + 2}`, run: () => choose(car) })),
      { key: "Escape", label: t("back"), run: page.close },
    ],
    focus: () => input.focus(),
  };
}

function time(page, ms) {
  return new Intl.DateTimeFormat(page.language, { timeZone: page.view.timezone, dateStyle: "short", timeStyle: "short" }).format(ms);
}

// --- the drawer -----------------------------------------------------------------------------------------------------

export function drawerPanel(page) {
  const { t } = page;
  const menu = ["drop", "top_up", "big_notes"].map((what) => ({ label: t("move." + what), more: t(`move.${what}.hint`), run: () => page.open(movePanel(page, what)) }));
  return menuPanel(page, t("key.drawer"), [...menu, { label: t("no_sale"), more: t("no_sale.hint"), run: () => page.open(noSalePanel(page)) }]);
}

function movePanel(page, what) {
  const { t, view } = page;
  const values = what === "big_notes" ? view.denominations.slice(0, LARGE_NOTES) : view.denominations;
  return formPanel(page, {
    title: t("move." + what), text: [t(`move.${what}.hint`)],
    fields: [
      { name: "pieces", kind: "pieces", values, needed: true },
      { name: "bag", kind: "text", label: t("bag") },
    ],
    second: (asked) => needsSecond(page, what, total(asked.pieces)),
    submit: t("move.do"),
    run: async ({ pieces, bag }, second) => report(page, await page.act("move", { what, pieces, bag }, second), "moved", { amount: page.money(total(pieces)) }),
  });
}

function noSalePanel(page) {
  const { t } = page;
  return formPanel(page, {
    title: t("no_sale"), text: [t("no_sale.booked")],
    fields: [{ name: "reason", kind: "choice", label: t("reason"), needed: true, options: ["change_money", "check", "stuck", "other"].map((value) => ({ value, label: t("no_sale." + value) })) }],
    submit: t("open_drawer"),
    run: async (values) => report(page, await page.act("no_sale", values), "drawer_ordered"),
  });
}

function report(page, done, key, gaps) {
  if (done) page.say(page.t(key, gaps));
  return done;
}

// --- a note that looks false ----------------------------------------------------------------------------------------

/** What one must and must not do stands beside each step. */
export function suspectPanel(page) {
  const { t, view } = page;
  const kept = (values) => values.how === "kept";
  const notes = view.denominations.filter((value) => value >= view.note_keys[0] / 10 * 5).slice(0, 6);
  return formPanel(page, {
    title: t("suspect"),
    aside: make("ol", { className: "rules" }, ["look", "not_taken", "kept", "never", "police"].map((rule) => make("li", { textContent: t("suspect.rule." + rule) }))),
    fields: [
      { name: "how", kind: "choice", label: t("suspect.how"), needed: true, options: ["refused", "kept"].map((value) => ({ value, label: t("suspect." + value) })) },
      { name: "amount", kind: "choice", label: t("suspect.amount"), needed: true, options: notes.map((value) => ({ value: String(value), label: page.money(value).replace(/\.0+$/, "") })) },
      { name: "serial", kind: "text", label: t("suspect.serial") },
      { name: "slip", kind: "text", label: t("suspect.slip"), when: kept },
    ],
    second: (values) => kept(values) && needsSecond(page, "keep_note"),
    submit: t("suspect.do"),
    run: ({ how, amount, serial, slip }, second) => page.act("suspect", { how, amount_minor: Number(amount), serial, slip: how === "kept" ? slip : "" }, second),
  });
}
