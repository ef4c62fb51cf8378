// What happens, as it happens: the journal, the messages, and what else could go wrong.
import { el, has, part, setup, t, tell, touch } from "./common.js";

const time = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", timeStyle: "medium" });

export function drawNews(holder, picture) {
  if (!holder.firstChild) holder.append(pane("journal"), pane("messages"), pane("faults"));
  for (const one of holder.children) one.firstChild.textContent = t("news." + one.dataset.news);
  const [journal, messages, faults] = [...holder.children].map((one) => one.lastChild);
  part(journal, picture.journal, drawJournal);
  part(messages, picture.messages, drawMessages);
  part(faults, null, drawFaults);
}

function pane(name) {
  return el("div.card", { data: { news: name } }, el("h2"), el("div.sheet", { tabindex: "0", role: "log", "aria-live": "off" }));
}

function drawJournal(records) {
  return [
    el("p.hint", { text: t("journal.hint") }),
    el("ol.journal", {}, ...records.slice().reverse().map((one) => el("li", {},
      el("small", { text: `${one.seq} · ${time.format(one.at_ms)}` }),
      el("b", { text: one.kind }), " ", el("span", { text: one.text }),
      ...one.effects.map((text) => el("span.effect", { text: "→ " + text })),
      ...one.entries.map((text) => el("span.entry", { text }))))),
  ];
}

function drawMessages(messages) {
  if (messages === null) return [el("p.hint", { text: t("messages.none") })];
  if (!messages.length) return [el("p.hint", { text: t("messages.empty") })];
  return [el("ol.journal", {}, ...messages.slice().reverse().map((one) => el("li", {},
    el("small", { text: time.format(one.at_ms) }), el("b", { text: one.topic }), " ", el("span.payload", { text: one.text }))))];
}

function drawFaults() {
  return [
    el("p.hint", { text: t("faults.hint") }),
    el("div.chips", {}, ...setup.menu.map((item) => el("button.chip", {
      text: faultWords(item), data: { key: JSON.stringify(item.touch) }, onclick: () => strike(item),
    }))),
  ];
}

async function strike(item) {
  const { verb, ...aside } = item.touch;
  if (await touch(verb, aside)) tell(`${faultWords(item)} – ${t("done")}`);
}

function faultWords(item) {
  const aside = Object.entries(item.with).map(([name, value]) =>
    has(`with.${name}.${value}`) ? t(`with.${name}.${value}`) : t(`with.${name}`, { value }));
  return [t(item.key), ...aside].join(" ");
}
