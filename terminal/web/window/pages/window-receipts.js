// Receipts: which one, what it is, and what can be put right about it. Nothing is changed, each correction is a new entry with a reason.

import { make } from "./dom.js";
import { foot, formPanel, head, menuPanel } from "./window-form.js";
import { needsSecond } from "./window-panels.js";
import { method } from "./window-sell.js";

// which reasons fit which correction; one alone is not asked for
const REASONS = {
  void: ["wrong_item", "wrong_price", "payer_changed_mind", "other"],
  refund: ["payer_changed_mind", "wrong_price", "wrong_item", "other"],
  duplicate: ["paid_twice"],
  deposit: ["deposit_returned"],
  change: ["wrong_change"],
  method: ["wrong_method"],
};

/** The last receipts, or those up to a number that is typed. */
export function receiptsPanel(page) {
  const { t } = page;
  const list = make("div", { className: "menu receipts" });
  const number = make("input", { inputMode: "numeric", autocomplete: "off", maxLength: 9, attributes: { "aria-label": t("receipt_number") } });
  let found = [];
  let at = 0;
  const draw = () => list.replaceChildren(...(found.length ? found.map((each, index) => make("button", {
    type: "button", tabIndex: -1, className: index === at ? "at" : "", data: { press: "receipt-" + each.receipt_no }, onclick: () => choose(each) },
  make("b", { textContent: t("receipt_no", { no: each.receipt_no }) }), make("span", { textContent: each.at }), make("span", { textContent: page.money(each.due_minor) }),
  make("small", { textContent: marks(page, each) }))) : [make("p", { textContent: t("no_receipts") })]));
  const search = async () => {
    found = (await page.get("receipts" + (number.value ? "?number=" + number.value : ""))) ?? [];
    at = 0;
    if (list.isConnected) draw();
    page.redraw();
  };
  const choose = (each) => page.open(receiptPanel(page, { ...each, sold: each }));
  const move = (by) => { at = Math.max(0, Math.min(found.length - 1, at + by)); draw(); };
  const enter = async () => {
    if (number.value && String(found[at]?.receipt_no) !== number.value) await search();
    else if (found[at]) choose(found[at]);
  };
  return {
    draw: () => { search(); return [...head(page, t("key.receipts")), make("label", {}, make("span", { textContent: t("receipt_number") }), number), list, ...foot()]; },
    keys: () => [
      { key: "Enter", label: t("choose"), tone: "main", run: enter },
      { key: "ArrowDown", label: t("down"), run: () => move(1) },
      { key: "ArrowUp", label: t("up"), run: () => move(-1) },
      { key: "Escape", label: t("back"), run: page.close },
    ],
    focus: () => number.focus(),
  };
}

/** A receipt that was scanned; of another terminal's nothing more is known. */
export function noteOfReceipt(page, shown) {
  if (shown.sold === null) {
    return menuPanel(page, page.t("receipt_no", { no: `${shown.terminal_id}-${shown.receipt_no}` }), [], page.t("receipt_foreign", { amount: page.money(shown.amount_minor), at: shown.at }));
  }
  return receiptPanel(page, { ...shown.sold, at: shown.at, sold: shown.sold });
}

function marks(page, { voided, given_back_minor, copies, methods }) {
  const { t } = page;
  return [Object.keys(methods).map((each) => method(page, each)).join("+"), voided ? t("mark.voided") : given_back_minor ? t("mark.given_back", { amount: page.money(given_back_minor) }) : "", copies ? t("mark.copies", { n: copies }) : ""].filter(Boolean).join(" · ");
}

function receiptPanel(page, receipt) {
  const { t, view } = page;
  const { sold } = receipt;
  const left = sold.due_minor - sold.given_back_minor;
  const ours = sold.shift_no === view.shift.no;
  const rows = [
    ["void", ours && !sold.voided && !sold.given_back_minor && !sold.deposit],
    ["refund", left > 0 && !sold.voided && !sold.deposit],
    ["duplicate", left > 0 && !sold.given_back_minor && !sold.voided && !sold.deposit],
    ["deposit", sold.deposit && left > 0],
    ["change", !sold.voided],
    ["method", ours && !sold.voided && view.methods.length > 1],
  ].map(([what, fits]) => ({ label: t("correct." + what), more: t(`correct.${what}.hint`), off: !fits, run: () => page.open(correctPanel(page, what, receipt)) }));
  rows.push({ label: t("reprint"), more: t("reprint.hint"), run: async () => { if (await page.act("reprint", { receipt_no: receipt.receipt_no })) { page.close(); page.say(t("reprinted", { no: receipt.receipt_no })); page.redraw(); } else page.say(page.said.words, true); } });
  return menuPanel(page, t("receipt_no", { no: receipt.receipt_no }), rows, `${receipt.at} · ${page.money(sold.due_minor)} · ${marks(page, { copies: 0, ...receipt, ...sold })}`);
}

/** As the tables have it: parts of a refund add up, and alone one is only trusted with what is proven on the desk. */
function asksSecond(page, what, amount, { receipt_no, sold }) {
  if (what === "deposit" && page.view.receipt?.receipt_no !== receipt_no) return true;
  if (what === "change" && sold.shift_no !== page.view.shift.no) return true;
  return needsSecond(page, what, what === "refund" ? amount + sold.given_back_minor : amount);
}

function correctPanel(page, what, { receipt_no, sold }) {
  const { t } = page;
  const whole = ["void", "duplicate", "deposit"].includes(what);
  const reasons = REASONS[what];
  const paidBy = Object.entries(sold.methods).filter(([name, minor]) => minor > 0 && page.view.methods.includes(name)).sort((one, other) => other[1] - one[1]).map(([name]) => name);
  const ways = paidBy.length ? paidBy : ["cash"];
  const options = (names) => names.map((value) => ({ value, label: method(page, value) }));
  const fields = [
    ...(what === "change" ? [{ name: "way", kind: "choice", label: t("change.way"), needed: true, options: ["to_payer", "from_payer"].map((value) => ({ value, label: t("change." + value) })) }] : []),
    ...(what === "method" ? [
      { name: "wrong_method", kind: "choice", label: t("method.wrong"), needed: true, options: options(ways), value: ways.length === 1 ? ways[0] : "" },
      { name: "right_method", kind: "choice", label: t("method.right"), needed: true, options: options(page.view.methods.filter((each) => ways.length > 1 || each !== ways[0])) },
    ] : []),
    ...(whole ? [] : [{ name: "amount", kind: "money", label: t("amount"), value: what === "change" ? 0 : what === "method" ? sold.methods[ways[0]] : sold.due_minor - sold.given_back_minor }]),
    ...(whole || what === "change" || what === "method" || ways.length < 2 ? [] : [{ name: "back_method", kind: "choice", label: t("method.back"), needed: true, options: options(ways), value: ways[0] }]),
    { name: "reason", kind: "choice", label: t("reason"), needed: true, options: reasons.map((value) => ({ value, label: t("why." + value) })), value: reasons.length === 1 ? reasons[0] : "" },
    { name: "note", kind: "text", label: t("note"), needed: true, when: (values) => values.reason === "other" },
  ];
  const amountOf = (values) => whole ? sold.due_minor : values.way === "from_payer" ? -values.amount : values.amount;
  return formPanel(page, {
    title: `${t("correct." + what)} · ${t("receipt_no", { no: receipt_no })}`,
    text: [t(`correct.${what}.hint`), ...(whole && ways.length === 1 ? [t("gives_back", { amount: page.money(sold.due_minor), way: method(page, ways[0]) })] : [])],
    fields,
    second: (values) => asksSecond(page, what, amountOf(values), { receipt_no, sold }),
    submit: t("correct.do"),
    run: (values, second) => page.act("correct", {
      what, receipt_no, amount_minor: amountOf(values), reason: values.reason, note: values.reason === "other" ? values.note : "",
      method: what === "method" ? values.right_method : what === "change" ? "cash" : values.back_method ?? ways[0], wrong_method: what === "method" ? values.wrong_method : "",
    }, second),
  });
}

