// Paper receipts of an outage, one after the other as they lie on the counter: what repeats stays, and what was taken is shown
// beside what it should have been as soon as it is booked.

import { make } from "./dom.js";
import { formPanel } from "./window-form.js";
import { collectors, done, nameOf, outagePanel, padField, told } from "./window-outage.js";
import { needsSecond } from "./window-panels.js";

const VOIDS = ["spoiled", "lost", "other"];

const named = (page, names) => names[page.language] ?? Object.values(names)[0] ?? "";

/** One paper; `kept` is what the one before it said. */
export function paperPanel(page, open, kept = null) {
  const { t, view } = page;
  const out = open.pads.find((each) => each.holder && each.pad_id === kept?.pad_id) ?? open.pads.find((each) => each.holder);
  const paper = out ?? open.missing[0] ?? kept;
  const taker = open.papers[0]?.collector ?? kept?.collector ?? out?.holder ?? "";
  const tariff = (id) => view.tariffs.find((each) => each.id === id);
  const classes = [...new Map(view.tariffs.flatMap((each) => each.classes).map((each) => [each.id, each])).values()];
  const hasClasses = (values) => Boolean(tariff(values.tariff_id)?.classes.length);
  const latest = open.outage ? open.outage.to_ms : open.now_ms;
  return formPanel(page, {
    title: t("outage.enter"), aside: entered(page, open),
    fields: [
      padField(page, paper),
      { name: "number", kind: "number", label: t("paper.number"), value: out ? out.next_no : open.missing[0]?.number },
      { name: "paper_ms", kind: "moment", label: t("paper.paper_ms"), needed: true, latest: () => latest },
      { name: "plate", kind: "text", label: t("paper.plate") },
      { name: "ticket_id", kind: "text", label: t("paper.ticket_id"), when: (values) => !values.plate },
      { name: "entered_ms", kind: "moment", label: t("paper.entered_ms"), latest: (valueOf) => valueOf("paper_ms") ?? latest },
      { name: "tariff_id", kind: "choice", label: t("paper.tariff_id"), needed: true, options: view.tariffs.map(({ id }) => ({ value: id, label: id })), value: kept?.tariff_id ?? view.tariffs[0]?.id },
      { name: "vehicle", kind: "choice", label: t("paper.vehicle"), needed: true, when: hasClasses, options: classes.map(({ id, names }) => ({ value: id, label: named(page, names) })), value: kept?.vehicle || classes[0]?.id },
      { name: "collector", kind: "choice", label: t("paper.collector"), needed: true, options: collectors(page), value: taker },
      { name: "taken_minor", kind: "money", label: t("paper.taken_minor") },
    ],
    approver: kept?.approver ?? "",
    second: (values) => needsSecond(page, "backfill", values.taken_minor),
    submit: t("paper.do"),
    run: (values, second) => page.act("paper", {
      ...values, plate: values.plate.toUpperCase(), ticket_id: values.plate ? "" : values.ticket_id, vehicle: hasClasses(values) ? values.vehicle : "",
    }, second),
    after: (values, approver) => next(page, { ...values, approver }),
    back: () => outagePanel(page),
  });
}

/** The next paper, and what was said of this one. */
async function next(page, kept) {
  const open = await page.get("backfill");
  if (!open) return void page.close();
  page.open(paperPanel(page, open, kept));
  const { words } = told(page);
  page.say(words, differs(open.papers[0]));
}

const differs = (paper) => paper.should_minor !== null && paper.should_minor !== paper.taken_minor;

/** The papers that wait for their envelope, the newest first. */
function entered(page, { papers, sum }) {
  const { t } = page;
  const head = ["number", "plate", "taken", "should"].map((name) => make("th", { scope: "col", textContent: t("entered." + name) }));
  const rows = papers.map((paper) => make("tr", { className: differs(paper) ? "differs" : "" },
    make("th", { scope: "row", textContent: paper.number }), make("td", { textContent: paper.plate || "–" }), make("td", { textContent: page.money(paper.taken_minor) }),
    make("td", { textContent: paper.should_minor === null ? "?" : (differs(paper) ? "≠ " : "") + page.money(paper.should_minor) })));
  return make("div", { className: "entered" },
    make("h3", { textContent: sum.papers ? t("open.sum", { n: sum.papers, amount: page.money(sum.taken_minor), name: nameOf(page, papers[0].collector) }) : t("entered.none") }),
    make("table", {}, make("thead", {}, make("tr", {}, head)), make("tbody", {}, rows)));
}

// --- what was no sale -----------------------------------------------------------------------------------------------

/** A paper that was spoiled or lost. */
export function spoilPanel(page, open) {
  const { t } = page;
  const lost = open.missing[0];
  const pad = lost ?? open.pads.find((each) => each.holder);
  return formPanel(page, {
    title: t("outage.spoil"), text: [t("outage.spoil.hint")],
    fields: [
      padField(page, pad),
      { name: "number", kind: "number", label: t("paper.number"), value: lost ? lost.number : pad?.next_no },
      { name: "reason", kind: "choice", label: t("reason"), needed: true, options: VOIDS.map((value) => ({ value, label: t("backfill.void." + value) })) },
      { name: "note", kind: "text", label: t("note"), needed: true, when: (values) => values.reason === "other" },
    ],
    second: () => needsSecond(page, "backfill"),
    run: (values, second) => page.act("spoil", { ...values, note: values.reason === "other" ? values.note : "" }, second),
    after: () => done(page), back: () => outagePanel(page),
  });
}

/** What was typed wrong is withdrawn, as long as its envelope was not counted, and typed again. */
export function withdrawPanel(page, open) {
  const { t } = page;
  const last = open.papers[0];
  return formPanel(page, {
    title: t("outage.withdraw"), text: [t("outage.withdraw.hint")], aside: entered(page, open),
    fields: [
      padField(page, last ?? open.pads[0]),
      { name: "number", kind: "number", label: t("paper.number"), value: last?.number },
      { name: "note", kind: "text", label: t("paper.why"), needed: true },
    ],
    second: () => needsSecond(page, "backfill"),
    run: (values, second) => page.act("withdraw", values, second),
    after: () => done(page), back: () => outagePanel(page),
  });
}
