// Outages, and what is open of them: pads change hands, an outage is noted, the envelope with the money is counted.

import { make } from "./dom.js";
import { total } from "./window-count.js";
import { formPanel, menuPanel } from "./window-form.js";
import { needsSecond } from "./window-panels.js";
import { paperPanel, spoilPanel, withdrawPanel } from "./window-papers.js";
import { ALARMING } from "./window-sell.js";

const CAUSES = ["power", "network", "terminal", "printer", "other"];
const REASONS = ["wrong_change", "false_note", "not_found", "other"];

/** What can be done, beside what is open; `remark`: what has come of the last act. */
export async function outagePanel(page, remark = null) {
  const { t } = page;
  const open = await page.get("backfill");
  if (!open) return;
  const rows = [
    ["enter", () => paperPanel(page, open)], ["note", () => notePanel(page, open)], ["spoil", () => spoilPanel(page, open)], ["withdraw", () => withdrawPanel(page, open)],
    ["envelope", () => open.sum.papers ? envelopePanel(page, open) : null],
    ["hand_out", () => handOutPanel(page, open)], ["take_back", () => takeBackPanel(page, open)], ["register", () => registerPanel(page)],
  ].map(([name, panel]) => ({ label: t("outage." + name), run: () => { const made = panel(); if (made) page.open(made); else page.say(t("refused.no_envelope"), true); } }));
  page.open(menuPanel(page, t("key.outage"), rows, "", openMatters(page, open)));
  if (remark) page.say(remark.words, remark.bad);
}

/** Back to what is open, with what the terminal has said to the act. */
export function done(page) {
  outagePanel(page, told(page));
}

export function told(page) {
  const { key, gaps } = page.view.told;
  return { words: page.t(key, gaps), bad: ALARMING.test(key) };
}

export const nameOf = (page, name) => page.gate.operators.find((each) => each.name === name)?.shown_name ?? name;

export const collectors = (page) => page.gate.operators.filter((each) => ["collector", "supervisor"].includes(each.role)).map((each) => ({ value: each.name, label: each.shown_name }));

/** The name of a pad; it is passed over while it has one, for a number names its paper alone. */
export const padField = (page, pad) => ({ name: "pad_id", kind: "text", label: page.t("pad"), value: pad?.pad_id ?? "", needed: true, kept: true });

function openMatters(page, { pads, sum, papers, missing, outage }) {
  const { t } = page;
  const about = (name, lines, bad = false) => [make("h3", { textContent: t("open." + name) }), make("ul", { className: bad ? "bad" : "" }, (lines.length ? lines : [t("open.none")]).map((line) => make("li", { textContent: line })))];
  return make("div", { className: "open-matters" },
    about("pads", pads.map((pad) => `${pad.pad_id} ${pad.first_no}–${pad.last_no} · ${pad.holder ? nameOf(page, pad.holder) : t("open.in_office")} · ${pad.next_no > pad.last_no ? t("open.used_up") : t("open.next", { n: pad.next_no })}`)),
    about("papers", sum.papers ? [t("open.sum", { n: sum.papers, amount: page.money(sum.taken_minor), name: nameOf(page, papers[0].collector) })] : []),
    about("missing", missing.length ? [missing.map((each) => each.number).join("  ")] : [], missing.length > 0),
    about("outage", outage ? [`${outage.number} · ${outage.from} – ${sameDay(outage) ? outage.to.slice(11) : outage.to} · ${t("backfill.cause." + outage.cause)}`] : []));
}

const sameDay = ({ from, to }) => from.slice(0, 10) === to.slice(0, 10);

function notePanel(page, { now_ms }) {
  const { t } = page;
  const moment = (name) => ({ name, kind: "moment", label: t("outage." + name), needed: true, latest: () => now_ms });
  return formPanel(page, {
    title: t("outage.note"), text: [t("outage.note.hint")],
    fields: [
      moment("from_ms"), moment("to_ms"),
      { name: "cause", kind: "choice", label: t("outage.cause"), needed: true, options: CAUSES.map((value) => ({ value, label: t("backfill.cause." + value) })) },
      { name: "note", kind: "text", label: t("note"), needed: true, when: (values) => values.cause === "other" },
    ],
    run: (values) => page.act("outage", { ...values, note: values.cause === "other" ? values.note : "" }),
    after: () => done(page), back: () => outagePanel(page),
  });
}

// --- pads -----------------------------------------------------------------------------------------------------------

function padPanel(page, name, act, fields) {
  return formPanel(page, {
    title: page.t("outage." + name), text: [page.t(`outage.${name}.hint`)], fields,
    second: () => needsSecond(page, "pad"),
    run: (values, second) => page.act(act, values, second),
    after: () => done(page), back: () => outagePanel(page),
  });
}

const registerPanel = (page) => padPanel(page, "register", "pad", [
  padField(page, null),
  ...["first_no", "last_no"].map((name) => ({ name, kind: "number", label: page.t("pad." + name) })),
]);

const handOutPanel = (page, { pads }) => padPanel(page, "hand_out", "hand_out", [
  padField(page, pads.find((pad) => !pad.holder && pad.next_no <= pad.last_no)),
  { name: "holder", kind: "choice", label: page.t("pad.holder"), needed: true, options: collectors(page) },
]);

function takeBackPanel(page, { pads }) {
  const pad = pads.find((each) => each.holder);
  return padPanel(page, "take_back", "take_back", [padField(page, pad), { name: "first_blank_no", kind: "number", label: page.t("pad.first_blank_no"), value: pad?.next_no }]);
}

// --- the envelope ---------------------------------------------------------------------------------------------------

/** The difference is shown as it is counted: what was taken stands on papers that both people have before them. */
function envelopePanel(page, { sum, papers }) {
  const { t } = page;
  const over = ({ pieces }) => total(pieces) - sum.taken_minor;
  const toSafe = ({ goes_to }) => goes_to === "safe";
  return formPanel(page, {
    title: t("envelope_of", { name: nameOf(page, papers[0].collector), n: sum.papers }),
    fields: [
      { name: "pieces", kind: "pieces" },
      { name: "reason", kind: "choice", label: t("reason"), needed: true, when: over, options: REASONS.map((value) => ({ value, label: t("difference." + value) })) },
      { name: "note", kind: "text", label: t("note"), needed: true, when: (values) => over(values) && values.reason === "other" },
      { name: "goes_to", kind: "choice", label: t("goes_to"), needed: true, options: ["safe", "drawer"].map((value) => ({ value, label: t("goes_to." + value) })) },
      { name: "bag", kind: "text", label: t("bag"), when: toSafe },
    ],
    live: (values) => difference(page, sum.taken_minor, over(values)),
    second: () => needsSecond(page, "envelope", sum.taken_minor),
    run: (values, second) => page.act("envelope", {
      pieces: values.pieces, goes_to: values.goes_to, reason: over(values) ? values.reason : "", note: over(values) && values.reason === "other" ? values.note : "", bag: toSafe(values) ? values.bag : "",
    }, second),
    after: () => done(page), back: () => outagePanel(page),
  });
}

function difference(page, expected, over) {
  const { t } = page;
  const name = over > 0 ? "over" : over < 0 ? "short" : "even";
  return [make("span", { textContent: t("envelope_expected", { amount: page.money(expected) }) }),
    make("b", { className: over ? "bad" : "good", textContent: over ? `${t(name)} ${page.money(Math.abs(over))}` : `✓ ${t(name)}` })];
}
