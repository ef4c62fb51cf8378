// Elements without a framework: `make` builds one, `fill` puts new children where they differ from what is there.

const drawn = new WeakMap();

/** An element: `properties` are set on it, `data` becomes its data attributes, `attributes` the rest; null children are left out. */
export function make(name, { data = {}, attributes = {}, ...properties } = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  Object.assign(made.dataset, data);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const part = (id) => document.getElementById(id);

/** Draws `facts` into a part of the page, but only when they are others than before: what is under a finger stays. */
export function fill(id, facts, draw) {
  const text = JSON.stringify(facts);
  if (drawn.get(part(id)) === text) return;
  drawn.set(part(id), text);
  part(id).replaceChildren(...draw());
}
