// What is seen once somebody is signed in: a tab each for the whole, the devices, the machines, what was, and the log.

import { fill, make, part } from "./dom.js";
import { drawMachines } from "./service-machines.js";
import { drawLog, drawRecords } from "./service-records.js";

const ACTS = ["close", "reopen", "test_print", "shut_down"];
let sure = false;

export const TABS = { now: drawNow, devices: drawDevices, machines: drawMachines, records: drawRecords, log: drawLog };

const rows = (pairs) => make("dl", {}, pairs.map(([label, value]) => make(
  "div", {}, make("dt", { textContent: label }), make("dd", { textContent: value }))));

/** A sign and a word; never colour alone. */
const mark = (bad, text) => make("p", { className: bad ? "mark bad" : "mark good" },
  make("span", { textContent: bad ? "!" : "✓", attributes: { "aria-hidden": "true" } }), text);

const problem = (page, device, name) => page.t("problem", { device: page.t("device." + device), problem: page.t("problem." + name) });

// --- the whole --------------------------------------------------------------------------------------------------

function drawNow(page) {
  fill("main", [page.language, "now"], () => [
    make("section", { id: "state", className: "card" }),
    make("section", { id: "acts", className: "card" }),
    make("section", { id: "cash", className: "card" }),
    make("section", { id: "work", className: "card" })]);
  const { view, language, t } = page;
  const problems = view.devices.map((each) => [each.device, each.problems]);
  fill("state", [language, view.machines.sale, view.closed_by, view.blockers, problems], () => {
    const stops = view.blockers.filter((each) => each.device !== "staff");
    const known = new Set(stops.map((each) => each.device + each.problem));
    const others = problems.flatMap(([device, names]) => names.map((name) => [device, name])).filter(([device, name]) => !known.has(device + name));
    return [
      make("h2", { textContent: t("state." + view.machines.sale) }),
      view.closed_by ? mark(true, t("out_by", { who: view.closed_by })) : null,
      stops.length ? make("p", { textContent: t("blocked") }) : null,
      ...stops.map((each) => mark(true, problem(page, each.device, each.problem))),
      view.blockers.length ? null : mark(false, t("open")),
      ...others.map(([device, name]) => mark(true, problem(page, device, name))),
    ].filter(Boolean);
  });
  drawActs(page);
  const { cash } = view;
  fill("cash", [language, cash, view.paper], () => [
    make("h2", { textContent: t("cash") }),
    rows([
      [t("cash.box_count"), cash.box_count], [t("cash.box"), cash.box],
      [t("cash.disputed"), cash.disputed ? `${cash.disputed} · ${cash.disputed_sum}` : "0"],
      [t("cash.change"), cash.change || t("cash.no_change", { limit: cash.credit_limit })],
      [t("paper"), t("paper." + (view.paper || "unknown"))],
    ])]);
  fill("work", [language, view.jobs, view.pending, view.refused, view.version, view.site], () => [
    make("h2", { textContent: `${view.terminal_id} · ${view.site} · ${view.version}` }),
    rows([
      [t("queue"), view.jobs], [t("pending"), view.pending],
      [t("codes_refused"), view.refused.reduce((sum, each) => sum + each.count, 0)],
      ...view.refused.map((each) => ["– " + t("refused." + each.reason).replace(/\{\w+\}/g, "…"), each.count]),
    ])]);
}

function drawActs(page) {
  const { view, who, language, t } = page;
  fill("acts", [language, who, Boolean(view.closed_by), sure], () => {
    if (sure) {
      return [make("p", { className: "sure", textContent: t("sure.shut_down") }), make("div", { className: "buttons" },
        act(page, "shut_down", t("yes"), "danger"),
        make("button", { type: "button", textContent: t("no"), data: { press: "no" }, onclick: () => ask(page, false) }))];
    }
    const open = ACTS.filter((name) => who.may.includes(name) && name !== (view.closed_by ? "close" : "reopen"));
    return [make("div", { className: "buttons" }, open.map((name) => name === "shut_down"
      ? make("button", { type: "button", className: "danger", textContent: t("act.shut_down"), data: { press: "ask-shut_down" }, onclick: () => ask(page, true) })
      : act(page, name, t("act." + name))))];
  });
}

function ask(page, really) {
  sure = really;
  page.redraw();
}

const act = (page, name, text, className = "", device = "") => make("button", {
  type: "button", className, textContent: text, data: { press: device ? `${name}-${device}` : name },
  onclick: async () => {
    sure = false;
    const done = await page.press("act", { act: name, device });
    if (done && !device) page.say(page.t("done." + name)); // a device's answer comes beside its button
    page.redraw();
  },
});

// --- devices ----------------------------------------------------------------------------------------------------

function drawDevices(page) {
  const { devices } = page.view;
  fill("main", [page.language, "devices", devices.map((each) => [each.device, !each.line]), page.who.may], () => devices.map((each) =>
    make("section", { className: "card device", id: "device-" + each.device },
      make("h2", { textContent: page.t("device." + each.device) }),
      make("div", { id: each.device + "-well" }),
      each.line ? make("div", { id: each.device + "-line" }) : make("p", { className: "soft", textContent: page.t("device.none") }),
      each.line ? make("h3", { textContent: page.t("test") }) : null,
      each.line ? make("div", { id: each.device + "-test" }) : null,
      each.line && page.who.may.includes("ask_again") ? make("div", { className: "asking" },
        act(page, "ask_again", page.t(each.device === "scanner" ? "ask.scanner" : "act.ask_again"), "", each.device),
        make("div", { id: each.device + "-asked", attributes: { role: "status" } })) : null,
      each.device === "printer" && page.who.may.includes("test_print") ? act(page, "test_print", page.t("act.test_print")) : null,
      each.line && each.device !== "barrier" ? make("details", {}, make("summary", { textContent: page.t("device.frames"), data: { press: "frames-" + each.device } }),
        make("ol", { id: each.device + "-frames", className: "frames" })) : null)));
  devices.forEach((each) => drawDevice(page, each));
}

function drawDevice(page, { device, problems, line, asked }) {
  const { t, language } = page;
  fill(device + "-well", [language, problems], () => problems.length
    ? problems.map((name) => mark(name !== "starting", t("problem." + name)))
    : [mark(false, t("device.well"))]);
  if (!line) return;
  fill(device + "-test", [language, line.answers, device], () => selfTest(page, device, line));
  if (part(device + "-asked")) fill(device + "-asked", [language, asked, problems, line.identity], () => drawAsked(page, device, asked, problems, line));
  const { frames, answers, ...facts } = line;
  fill(device + "-line", [language, facts], () => [rows([
    [t("device.port"), line.open ? t("device.port_open") : [t("device.port_closed"), line.why_closed].filter(Boolean).join(": ")],
    [t("device.identity"), line.identity ? line.identity.join(" · ") : t("device.unknown")],
    [t("device.said"), line.changed_at || t("device.never")],
    ...(device === "barrier" ? [] : [[t("device.heard"), line.heard_at || t("device.never")]]),
    ...line.counters.map((each) => [t("counter." + each.counter), each.count]),
  ])]);
  if (part(device + "-frames")) {
    fill(device + "-frames", [language, frames], () => frames.length ? frames.slice().reverse().map((frame) => drawFrame(page, frame))
      : [make("li", { textContent: t("device.no_frames") })]);
  }
}

/** What became of asking again: who it is and how it is, or that nothing came. */
function drawAsked(page, device, asked, problems, line) {
  if (!asked) return [];
  const { t } = page;
  const kind = device === "scanner" || device === "barrier" ? `ask.${device}_` : "ask.";
  const words = (outcome) => t(kind + outcome, { s: asked.within_s, took: ((asked.took_ms ?? 0) / 1000).toFixed(1) });
  if (asked.outcome === "waiting") return [make("p", { className: "mark", textContent: words("waiting") })];
  if (asked.outcome !== "answered") return [mark(asked.outcome === "none", asked.outcome === "none" ? words("none") : t("ask.other"))];
  const told = [...(line.identity ?? []), ...(problems.length ? problems.map((name) => t("problem." + name)) : [t("device.well")])];
  return [mark(false, words("answered")), device === "scanner" ? null : make("p", { textContent: told.join(" · ") })].filter(Boolean);
}

function selfTest(page, device, line) {
  if (line.answers !== null) {
    const said = mark(!line.answers, page.t(line.answers ? "test.answers" : "test.silent"));
    return device === "printer" ? [said, make("p", { textContent: page.t("test.printer") })] : [said];
  }
  return [make("p", { textContent: page.t(device === "scanner" ? "test.scanner" : "test.none") })];
}

function drawFrame(page, { at, sent, length, hex }) {
  const hidden = length * 3 - 1 > hex.length;
  const rest = hidden ? (hex ? " … " : "") + `${page.t("device.bytes", { n: length })}, ${page.t("device.hidden")}` : "";
  return make("li", {}, make("span", { className: "soft", textContent: at }), " ",
    make("b", { textContent: (sent ? "→ " : "← ") + page.t(sent ? "device.sent" : "device.heard_frame") }), " ",
    make("code", { textContent: hex + rest }));
}
