// The shift outside of sales: it begins, its drawer is counted blind, it is signed for, and the drawer goes on or to the safe.

import { fill, make, part } from "./dom.js";
import { countTable, piecesList, total } from "./window-count.js";
import { confirmPanel, formPanel } from "./window-form.js";
import { needsSecond } from "./window-panels.js";

const DRAFT_AFTER_MS = 300;

export const SHIFT_SCREENS = {
  CLOSED: drawClosed, OPENING: drawCount, SERVING: drawOthers, COUNTING: drawCount, COUNTED: drawCounted, HANDING_OVER: drawHandover, OTHERS: drawOthers,
};

let table = null; // the count that is being typed
let drafting = 0;

const sells = (page) => ["collector", "supervisor"].includes(page.who.role);
const supervises = (page) => page.who.role === "supervisor";
const leave = (page) => ({ key: "F10", label: page.t("key.leave"), run: page.leave });

function frame(page, name, ...parts) {
  fill("main", [page.language, name, page.view.shift.no, page.view.shift.state, page.view.shift.counts, page.who.name], () => [make("section", { className: "shift " + name }, ...parts.flat(), make("p", { id: "told", className: "said", attributes: { role: "status" } }))]);
  drawMatters(page);
  const told = page.said ?? (page.view.told ? { words: page.t(page.view.told.key, page.view.told.gaps), bad: page.view.told.key.startsWith("refused.") } : null);
  part("told").textContent = told?.words ?? "";
  part("told").className = told?.bad ? "said bad" : "said";
}

// --- nobody works here ----------------------------------------------------------------------------------------------

function drawClosed(page) {
  const { t, view } = page;
  frame(page, "closed", make("h2", { textContent: t("closed") }), make("p", { textContent: t(sells(page) ? "closed_hint" : "looks_only") }), make("p", { className: "soft", id: "z" }));
  part("z").textContent = z(page);
  return [
    ...(sells(page) ? [{ key: "Enter", label: t("key.begin"), tone: "main", run: () => page.act("begin") }] : []),
    ...closing(page, view),
    leave(page),
  ];
}

const z = (page) => page.view.z_no ? page.t("last_z", { n: page.view.z_no, settled: page.view.settled_z_no || "–" }) : "";

/** The day is closed by a supervisor, while there is something to close. */
function closing(page, view) {
  return supervises(page) ? [{ key: "F5", label: page.t("key.close_day"), off: view.z_no <= view.settled_z_no, run: () => page.open(confirmPanel(page, "close_day", () => page.act("close_day"), { n: view.z_no })) }] : [];
}

/** Somebody else's shift: nobody but a supervisor can end it. */
function drawOthers(page) {
  const { t, view } = page;
  const { shift } = view;
  frame(page, "others", make("h2", { textContent: t("theirs." + shift.state, { name: ["COUNTING", "COUNTED"].includes(shift.state) ? shift.counter_name : shift.name }) }),
    make("p", { textContent: t("since", { at: shift.begun_at, n: shift.no }) }), make("p", { textContent: t(supervises(page) ? "take_over_hint" : "theirs_hint") }));
  return [
    ...(supervises(page) ? [{ key: "F2", label: t("key.take_over"), run: () => page.open(confirmPanel(page, "take_over", () => page.act("take_over"), { name: shift.name })) }] : []),
    leave(page),
  ];
}

// --- counting -------------------------------------------------------------------------------------------------------

/** The float at the beginning, the drawer at the end: the same table, and nobody is told what it should come to. */
function drawCount(page) {
  const { t, view } = page;
  const { shift } = view;
  const opening = shift.state === "OPENING";
  const facts = `${page.language} ${shift.no} ${shift.state} ${shift.counts}`;
  if (table?.facts !== facts || !table.element.isConnected) {
    table = { facts, ...countTable(page, { start: shift.draft, typed: (pieces) => draft(page, pieces), past: () => done(page, opening) }) };
  }
  frame(page, "counting", make("div", { className: "words" }, make("h2", { textContent: t(opening ? "count_float" : "count_drawer") }),
    make("p", { textContent: t(opening ? "count_float.hint" : "count_drawer.hint") }),
    make("p", { className: "soft", textContent: t("draft_kept") }),
    matters()), table.element);
  if (!page.panel && !part("main").contains(document.activeElement)) table.focus();
  return [
    { key: "F12", label: t(opening ? "key.sign_float" : "key.counted"), tone: "main", run: () => done(page, opening) },
    ...(opening ? [{ key: "Escape", label: t("key.no_shift"), run: () => page.act(page.mine ? "count" : "take_over") }] : []),
    leave(page),
  ];
}

function draft(page, pieces) {
  clearTimeout(drafting);
  drafting = setTimeout(() => page.draft(pieces), DRAFT_AFTER_MS);
}

function done(page, opening) {
  if (table.bad()) return void page.say(page.t("refused.bad_count"), true);
  const pieces = table.pieces();
  const send = () => {
    clearTimeout(drafting);
    return page.act(opening ? "float" : "counted", { pieces });
  };
  page.open(confirmPanel(page, opening ? "sign_float" : "counted", send, { amount: page.money(total(pieces)) }));
}

const matters = () => make("div", { id: "matters", className: "matters" });

function drawMatters(page) {
  const { matters: open, receipts } = page.view;
  if (!part("matters")) return;
  fill("matters", [page.language, open, receipts], () => [
    ...(open.length ? [make("h3", { textContent: page.t("matters") }), make("ul", {}, open.map((each) => make("li", { textContent: page.t("matter." + each) })))] : []),
    ...(receipts ? [make("p", { className: "soft", textContent: page.t("receipt_numbers", { last: receipts.last || "–", left: receipts.left }) })] : []),
  ]);
}

// --- over or short --------------------------------------------------------------------------------------------------

/** What was counted, and how far that is from what it should be; who takes the drawer over first wants to know the amount. */
function result(page, taking = false) {
  const { t, view } = page;
  const { over_minor, expected_minor, counted_minor } = view.shift.result;
  const name = over_minor > 0 ? "over" : over_minor < 0 ? "short" : "even";
  const difference = over_minor ? page.money(Math.abs(over_minor)) : "✓";
  return make("div", { className: "result" },
    make("p", { className: "label", textContent: t(taking ? "result.counted" : name) }),
    make("p", { className: "figure " + (over_minor && !taking ? "bad" : "paid"), textContent: taking ? page.money(counted_minor) : difference }),
    make("dl", {}, (taking ? [] : [["counted", counted_minor], ["expected", expected_minor]]).map(([each, minor]) => make("div", {}, make("dt", { textContent: t("result." + each) }), make("dd", { textContent: page.money(minor) })))));
}

function drawCounted(page) {
  const { t, view } = page;
  const { over_minor } = view.shift.result;
  frame(page, "counted", make("h2", { textContent: t("counted_title") }), result(page), matters());
  return [
    { key: "Enter", label: t("key.sign"), tone: "main", run: () => over_minor ? page.open(signPanel(page, over_minor)) : page.act("sign") },
    { key: "F2", label: t("key.recount"), run: () => page.open(formPanel(page, {
      title: t("key.recount"), text: [t("recount_hint")], fields: [], second: () => needsSecond(page, "recount", over_minor), submit: t("key.recount"), run: (_, second) => page.act("recount", {}, second) })) },
    leave(page),
  ];
}

function signPanel(page, over_minor) {
  const { t } = page;
  const reasons = ["wrong_change", "false_note", "not_found", "other"];
  return formPanel(page, {
    title: t(over_minor > 0 ? "over_of" : "short_of", { amount: page.money(Math.abs(over_minor)) }), text: [t("difference_hint")],
    fields: [
      { name: "reason", kind: "choice", label: t("reason"), needed: true, options: reasons.map((value) => ({ value, label: t("difference." + value) })) },
      { name: "note", kind: "text", label: t("note"), needed: true, when: (values) => values.reason === "other" },
    ],
    second: () => needsSecond(page, "difference", over_minor), submit: t("key.sign"),
    run: ({ reason, note }, second) => page.act("sign", { reason, note: reason === "other" ? note : "" }, second),
  });
}

// --- the drawer goes on ---------------------------------------------------------------------------------------------

function drawHandover(page) {
  const { t, view, who } = page;
  const { shift } = view;
  const mineToGive = shift.counter === who.name;
  frame(page, "handover", make("h2", { textContent: t(mineToGive ? "handover.give" : "handover.take", { name: shift.counter_name, n: shift.report_no }) }),
    make("div", { className: "halves" }, result(page, !mineToGive), make("div", {}, make("h3", { textContent: t("counted_pieces") }), piecesList(page, shift.result.pieces), matters())),
    make("p", { textContent: t(mineToGive ? "handover.give.hint" : "handover.take.hint") }));
  const mayTake = sells(page) && !mineToGive;
  return [
    ...(mineToGive ? [{ key: "Enter", label: t("key.next"), tone: "main", run: () => { page.nextSignsIn = true; page.said = null; page.redraw(); } }] : []),
    ...(mayTake ? [{ key: "Enter", label: t("key.accept"), tone: "main", run: () => page.act("accept") }, { key: "F2", label: t("key.dispute"), run: () => page.open(disputePanel(page)) }] : []),
    ...(sells(page) ? [{ key: "F4", label: t("key.clear"), run: () => page.open(clearPanel(page)) }] : []),
    ...closing(page, view),
    leave(page),
  ];
}

function disputePanel(page) {
  const { t } = page;
  return formPanel(page, {
    title: t("key.dispute"), text: [t("dispute_hint")],
    fields: [{ name: "pieces", kind: "pieces" }, { name: "note", kind: "text", label: t("note") }],
    second: () => needsSecond(page, "dispute"), submit: t("key.dispute"),
    run: (values, second) => page.act("dispute", values, second),
  });
}

function clearPanel(page) {
  const { t, view } = page;
  return formPanel(page, {
    title: t("key.clear"), text: [t("clear_hint", { amount: page.money(view.shift.result.counted_minor) })],
    fields: [{ name: "bag", kind: "text", label: t("bag") }],
    second: () => needsSecond(page, "clear"), submit: t("key.clear"),
    run: (values, second) => page.act("clear", values, second),
  });
}
