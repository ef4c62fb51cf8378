// The keyboard for Chinese plates, and the cars that were found. Which characters a plate has comes with the view.

import { make, part } from "./dom.js";
import { icon } from "./icons.js";
import { key, moment, top } from "./parts.js";
import { findCars } from "./wire.js";

/** Draws the keyboard; what is typed lives as long as the panel. */
export function plate(page) {
  const { words, keyboard } = page.view;
  let typed = "";
  const slots = make("div", { className: "slots", attributes: { role: "img" } });
  const keys = make("div", { className: "keys" });
  const answer = make("p", { className: "answer", attributes: { role: "status" }, textContent: words.plate_ask });
  const find = key("find", [icon("find"), make("span", { textContent: words.find })], () => search(page, typed, answer, find));
  const clear = key("clear", [icon("clear")], () => change(typed.slice(0, -1)), words.clear);
  const turn = key("turn", [], () => lay(keys.dataset.layout === "serial" ? "province" : "serial"));

  function change(text) {
    typed = text.slice(0, keyboard.longest);
    slots.setAttribute("aria-label", typed || words.plate);
    slots.replaceChildren(...Array.from({ length: keyboard.longest }, (_, place) => make(
      "span",
      { className: [place >= keyboard.usual ? "extra" : "", place === typed.length ? "next" : ""].join(" "), textContent: typed[place] || "" },
      place >= keyboard.usual && !typed[place] ? make("small", { textContent: words.new_energy }) : null)));
    clear.disabled = typed.length === 0;
    find.disabled = typed.length < keyboard.least;
  }

  function lay(layout) {
    keys.dataset.layout = layout;
    turn.replaceChildren(make("span", { textContent: layout === "serial" ? words.provinces : words.letters }));
    const characters = layout === "serial" ? keyboard.digits + keyboard.letters : keyboard.provinces + keyboard.endings;
    keys.replaceChildren(...Array.from(characters, (character) => key("key-" + character, [character], () => {
      change(typed + character);
      answer.textContent = words.plate_ask;
      if (layout === "province" && keyboard.provinces.includes(character)) lay("serial");
    })));
  }

  change("");
  lay("province");
  return [
    make("div", { className: "plate-head" }, make("h2", { id: "panel-title", tabIndex: -1, textContent: words.plate }), answer),
    make("div", { className: "typing" }, key("back", [icon("back")], page.close, words.back), slots, turn, clear, find),
    keys,
  ];
}

async function search(page, typed, answer, button) {
  const { words, language } = page.view;
  button.disabled = true;
  answer.textContent = words.searching;
  const found = await findCars(typed).catch(() => null);
  button.disabled = false;
  if (!answer.isConnected) return; // the panel was closed meanwhile
  if (found === null) answer.textContent = words.busy;
  else if (found.candidates.length === 0) answer.textContent = (found.words || {})[language] || words.busy;
  else show(page, found.candidates);
}

function show(page, cars) {
  const { words, timezone } = page.view;
  const choose = async (car) => {
    await page.press("/stay", { token: car.token });
    page.close();
  };
  part("panel").replaceChildren(top(page, words.choose_car, () => page.open("plate")),
    make("div", { className: "cars" }, cars.map((car, number) => make(
      "button", { type: "button", className: "choice", onclick: () => choose(car), data: { press: `car-${number}` } },
      make("b", { textContent: car.masked }),
      make("span", { textContent: `${words.entered} ${moment(car.entered_at_ms, timezone)}` }),
      car.picture ? make("small", { textContent: `${words.picture} ${car.picture}` }) : null))));
  part("panel-title").focus({ preventScroll: true });
}
