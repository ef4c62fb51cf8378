// The sale: what is owed and why, one field for codes and money, what to give back. The last sale stays until the next thing is shown.

import { fill, make, part } from "./dom.js";
import { parseMoney, piecesList } from "./window-count.js";
import { confirmPanel, menuPanel } from "./window-form.js";
import { outagePanel } from "./window-outage.js";
import { carPanel, drawerPanel, meansPanel, noteOfReceipt, receiptsPanel, servicesPanel, suspectPanel, suspendedPanel, thingsPanel } from "./window-panels.js";

const NOTE_KEYS = ["F5", "F6", "F7", "F8"];
const AMOUNT_LENGTH = 8; // longer figures are a code
const CASH = "cash";
const NO_NEWS = ["ended.cancelled", "ended.suspended"]; // the collector has just done that
export const ALARMING = /^(refused|returned|reject)\.|^window\.(drawer_|papers_not_returned)/;

let last = null; // the sale that was shown last, once it is over
let receiptSeen = 0; // numbers of the events at which the last ones were shown
let noteDone = 0;

/** A paid sale stays on the screen after the terminal has forgotten it. */
export function keepLast(before, view) {
  if (view.sale?.paid) last = view.sale;
  else if (view.sale?.open || view.shift.state !== "SERVING") last = null;
}

export function drawSale(page) {
  const { view, t, language } = page;
  const sale = view.sale?.open || view.sale?.paid ? view.sale : last;
  if (view.note && view.is_open) noteDone = view.note.seq;
  fill("main", [language, "sale"], () => [
    make("section", { id: "sale", className: "sale" }),
    make("section", { className: "till" },
      make("div", { id: "big", attributes: { role: "status" } }),
      make("div", { className: "entry" },
        make("label", { htmlFor: "entry", id: "entry-label" }),
        make("input", { id: "entry", autocomplete: "off", spellcheck: false, maxLength: 256, oninput: () => drawMeaning(page) }),
        make("output", { id: "meaning" })),
      make("p", { id: "told", className: "said", attributes: { role: "status" } }))]);
  fill("sale", [language, sale, view.suspended, view.is_open], () => saleParts(page, sale));
  fill("big", [language, sale, view.state, noteNow(view), view.blockers, view.is_open], () => bigParts(page, sale));
  part("entry-label").textContent = t(view.is_open ? "entry_open" : "entry_idle");
  drawMeaning(page);
  drawTold(page);
  if (!page.panel && document.activeElement !== part("entry")) part("entry").focus();
  showReceipt(page);
  return keys(page);
}

/** What is sold, and why it costs that. */
function saleParts(page, sale) {
  const { t, view, language } = page;
  const aside = view.suspended.length ? make("p", { className: "aside", textContent: t("suspended_n", { n: view.suspended.length }) }) : null;
  if (!sale) return [make("h2", { textContent: t("ready") }), make("p", { className: "soft", textContent: t("ready_hint") }), aside].filter(Boolean);
  return [
    make("h2", { textContent: t("kind." + sale.kind) + (sale.open ? "" : " · " + t("last_sale")) }),
    make("dl", {}, sale.about.map((row) => make("div", {}, make("dt", { textContent: t("about." + row.name) }), make("dd", { textContent: row.value ?? stay(page, row.minutes) })))),
    make("ol", { className: "lines" }, sale.lines.map((line) => make("li", { className: line.is_head ? "head" : "" }, make("span", { textContent: line.labels[language] ?? line.labels.en }),
      make("b", { textContent: line.amount_minor ? page.money(line.amount_minor) : "" })))),
    make("dl", { className: "tenders" }, sale.tenders.map((each) => make("div", {}, make("dt", { textContent: method(page, each.method) }), make("dd", { textContent: page.money(each.amount_minor) })))),
    aside,
  ].filter(Boolean);
}

export const method = (page, name) => page.words["window.means." + name] ?? name;

function stay(page, minutes) {
  return page.t("hours_minutes", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** The one figure that counts now, in very large type. */
function bigParts(page, sale) {
  const { t, view } = page;
  const figure = (label, amount, tone) => [make("p", { className: "label", textContent: t(label) }), make("p", { className: "figure " + tone, textContent: page.money(amount) })];
  if (noteNow(view)) return noteParts(page, view.note, figure);
  if (!sale) {
    return [make("p", { className: "prompt", textContent: t(view.blockers.length ? "not_selling" : "scan_now") })];
  }
  if (sale.open) {
    const part_given = sale.given_minor > 0;
    return [
      ...figure(part_given ? "missing" : "due", part_given ? sale.missing_minor : sale.due_minor, "due"),
      part_given ? make("p", { className: "under", textContent: t("given_of", { given: page.money(sale.given_minor), due: page.money(sale.due_minor) }) }) : null,
    ].filter(Boolean);
  }
  return [
    ...(sale.change_minor ? figure("change", sale.change_minor, "change") : figure(sale.due_minor ? "no_change" : "free", sale.due_minor, "paid")),
    sale.change_minor ? piecesList(page, sale.change_pieces) : null,
    make("p", { className: "under", textContent: t("paid_of", { due: page.money(sale.due_minor), given: page.money(sale.given_minor), no: sale.receipt_no || "–" }) }),
  ].filter(Boolean);
}

function noteParts(page, note, figure) {
  const { t } = page;
  const used = note.redeemed_at_ms !== null;
  return [...figure("credit_note", note.amount_minor, used ? "bad" : "change"),
    make("p", { className: "under", textContent: `${note.terminal_id}-${note.note_no}` }),
    make("p", { className: used ? "said bad" : "said", textContent: t(used ? "note_used" : "note_how") })];
}

/** What Enter will do with what was typed. */
function drawMeaning(page) {
  const { t, view } = page;
  const typed = part("entry").value.trim();
  const amount = amountOf(page, typed);
  const unclear = typed && view.is_open && amount === null && /^[\d.]+$/.test(typed);
  part("meaning").textContent = !typed ? "" : amount !== null ? t("means_cash", { amount: page.money(amount) }) : unclear ? t("means_nothing") : t("means_code");
}

function amountOf(page, typed) {
  return page.view.is_open && typed.length <= AMOUNT_LENGTH ? parseMoney(page.view, typed) : null;
}

/** What the terminal has to say: of the last act, of the drawer, of a code. */
function drawTold(page) {
  const { view, said } = page;
  const told = said ?? [view.told, view.notice].filter((each) => each && !NO_NEWS.includes(each.key)).map((each) => ({ words: page.t(each.key, each.gaps), bad: ALARMING.test(each.key) }))[0];
  part("told").textContent = told?.words ?? "";
  part("told").className = told?.bad ? "said bad" : "said";
}

/** A receipt that was scanned is shown with what can be done about it, once. */
function showReceipt(page) {
  const { receipt } = page.view;
  if (!receipt || receipt.seq === receiptSeen || page.panel || page.view.is_open) return;
  receiptSeen = receipt.seq;
  queueMicrotask(() => page.open(noteOfReceipt(page, receipt)));
}

/** The credit note that lies on the counter: it was shown last, and nothing else since. */
const noteNow = ({ note, is_open }) => (note && !is_open && note.seq !== noteDone ? note : null);

// --- keys -----------------------------------------------------------------------------------------------------------

/** F5 to F8, + and Enter move money while a sale is open; they do nothing else when none is, so that nobody pays by mistake. */
function keys(page) {
  const { view, t } = page;
  if (view.is_open) return openKeys(page, view.sale);
  const payable = noteNow(view)?.redeemed_at_ms === null;
  return [
    { key: "Enter", label: t("key.code"), run: () => enter(page), tone: "main" },
    { key: "+", label: payable ? t("key.cash_note") : "", run: () => payable && page.act("cash_note"), tone: "main" },
    ...(view.search ? [{ key: "F2", label: t("key.plate"), run: () => page.open(carPanel(page)) }] : []),
    ...(view.services.length ? [{ key: "F3", label: t("key.services"), run: () => page.open(servicesPanel(page)) }] : []),
    { key: "F4", label: t("key.resume"), off: !view.suspended.length, run: () => resume(page) },
    { key: "F9", label: t("key.receipts"), run: () => page.open(receiptsPanel(page)) },
    { key: "F10", label: t("key.drawer"), run: () => page.open(drawerPanel(page)) },
    suspect(page),
    { key: "F12", label: t("key.shift"), run: () => page.open(shiftPanel(page)) },
    { key: "Escape", run: () => clearEntry(page) },
  ];
}

function openKeys(page, sale) {
  const { view, t } = page;
  const given = sale.given_minor > 0;
  return [
    { key: "Enter", label: t("key.cash"), run: () => enter(page), tone: "main" },
    { key: "+", label: t("key.exact"), run: () => cash(page, sale.missing_minor), tone: "main" },
    ...view.note_keys.map((value, index) => ({ key: NOTE_KEYS[index], label: page.money(value).replace(/\.0+$/, ""), run: () => cash(page, value), tone: "note" })),
    { key: "F3", label: t("key.means"), off: view.methods.length < 2, run: () => page.open(meansPanel(page)) },
    { key: "F4", label: t("key.suspend"), off: given, run: () => page.act("suspend") },
    { key: "F2", label: t("key.payer_language"), run: () => page.act("language", { language: view.payer_language === "en" ? "zh-CN" : "en" }) },
    ...(sale.things.length > 1 ? [{ key: "Delete", label: t("key.remove"), run: () => page.open(thingsPanel(page)) }] : []),
    suspect(page),
    { key: "Escape", label: t("key.cancel"), run: () => part("entry").value ? clearEntry(page) : page.open(confirmPanel(page, given ? "cancel_given" : "cancel", () => page.act("cancel"))), tone: "danger" },
  ];
}

const suspect = (page) => ({ key: "F11", label: page.t("key.suspect"), run: () => page.open(suspectPanel(page)) });

/** Lock, X, end of the shift. */
function shiftPanel(page) {
  const { t } = page;
  const close = (then) => () => { page.close(); then(); };
  return menuPanel(page, t("key.shift"), [
    { label: t("key.lock"), more: t("lock.hint"), run: close(page.leave) },
    { label: t("key.x"), more: t("x.hint"), run: close(async () => { if (await page.act("x")) told(page, "x_printed"); }) },
    { label: t("key.end"), more: t("end.hint"), run: () => page.open(confirmPanel(page, "end_shift", () => page.act("count"))) },
    { label: t("key.outage"), more: t("outage.hint"), run: () => outagePanel(page) },
  ]);
}

function told(page, key) {
  page.say(page.t(key));
  page.redraw();
}

function clearEntry(page) {
  part("entry").value = "";
  noteDone = page.view.note?.seq ?? 0;
  page.said = null;
  page.redraw();
}

/** What was typed is money while a sale is open and it looks like money, else a code. */
async function enter(page) {
  const typed = part("entry").value.trim();
  if (!typed) return;
  const amount = amountOf(page, typed);
  if (amount !== null) return void cash(page, amount);
  if (page.view.is_open && /^[\d.]+$/.test(typed) && typed.length <= AMOUNT_LENGTH) return void told(page, "means_nothing");
  part("entry").value = "";
  await page.act("code", { text: typed });
}

/** Nobody gives a further note when what he has given suffices: so much more than is owed was typed wrong. */
function cash(page, amount) {
  const { sale, denominations } = page.view;
  const tender = () => {
    part("entry").value = "";
    return page.act("tender", { method: CASH, amount_minor: amount });
  };
  if (amount - sale.missing_minor >= denominations[0]) page.open(confirmPanel(page, "much_cash", tender, { amount: page.money(amount) }));
  else tender();
}

function resume(page) {
  const { suspended } = page.view;
  if (suspended.length === 1) page.act("resume", { sale_no: suspended[0].sale_no });
  else page.open(suspendedPanel(page));
}
