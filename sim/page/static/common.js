// What all parts of the page share: words, elements, touches. Nothing here knows what is drawn.

export const setup = await (await fetch("/setup.json")).json();

export let language = localStorage.getItem("language") || (navigator.language.startsWith("zh") ? "zh-CN" : "en");

export function choose(other) {
  language = other;
  localStorage.setItem("language", other);
  document.documentElement.lang = other;
}

export function has(key) {
  return key in setup.words[language];
}

export function t(key, values = {}) {
  return setup.words[language][key].replace(/\{(\w+)\}/g, (whole, name) => values[name]);
}

export const yuan = (minor) => (minor < 0 ? "−" : "") + "¥" + (Math.abs(minor) / 100).toFixed(2);

export function minutes(count) {
  if (count >= 2880) return t("hand.days", { n: Math.round(count / 1440) });
  return count >= 120 ? t("hand.hours", { n: count / 60 }) : t("hand.minutes", { n: count });
}

// el("button.chip", { onclick, text }, children…): a dot makes a class.
export function el(what, properties = {}, ...children) {
  const [name, ...classes] = what.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  if (name === "button") made.type = "button";
  return fill(made, properties, children);
}

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function fill(made, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "data") Object.assign(made.dataset, value);
    else if (key.startsWith("aria-")) made.setAttribute(key, value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Draws a part again only when what it shows has changed: a button under a finger is not replaced.
const drawn = new Map();
export function part(holder, data, draw) {
  const now = language + JSON.stringify(data);
  if (drawn.get(holder) === now) return;
  drawn.set(holder, now);
  const focused = holder.contains(document.activeElement) && document.activeElement.dataset.key;
  const scrolled = holder.scrollTop;
  holder.replaceChildren(...draw(data));
  holder.scrollTop = scrolled;
  if (focused) holder.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

// --- touches ---------------------------------------------------------------------------------------------------
let quietAt;
export function tell(text, bad = false) {
  const said = document.getElementById("said");
  said.textContent = text;
  said.className = bad ? "bad shown" : "shown";
  clearTimeout(quietAt);
  quietAt = setTimeout(() => { said.className = ""; }, bad ? 5000 : 2500);
}

export async function touch(verb, aside = {}) {
  try {
    const answer = await fetch("/touch", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Fee-Terminal": "1" },
      body: JSON.stringify({ verb, ...aside }),
    });
    const { error } = answer.ok || answer.status === 409 ? await answer.json() : { error: answer.statusText };
    if (error) tell(has("error." + error) ? t("error." + error) : t("error", { why: error }), true);
    return !error;
  } catch {
    return false; // the stream tells that the rig is gone
  }
}

export function chip(key, verb, aside = {}, more = {}) {
  return el("button.chip", { text: t(key), data: { key: verb + JSON.stringify(aside) }, onclick: () => touch(verb, aside), ...more });
}
