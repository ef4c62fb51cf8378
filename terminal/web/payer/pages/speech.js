// Reading aloud, for whoever asks for it, until the visit is over. Off without being asked: a car park is no quiet place.

let speaking = false;
let said = "";

export const canSpeak = () => "speechSynthesis" in window;
export const isSpeaking = () => speaking;

/** On or off. */
export function toggleSpeech(view) {
  speaking = !speaking;
  said = "";
  if (speaking) sayView(view);
  else window.speechSynthesis.cancel();
}

/** The next person has not asked for it. */
export function visitEnded() {
  if (speaking) toggleSpeech({});
}

/** A screen in a few sentences: for a voice, and for a screen reader. */
export function spoken(view) {
  const amount = view.countdown_ms ? `${view.words["line.missing"]} ${view.amounts.missing}.` : "";
  const { what, money, todo, lead } = view.told;
  const told = lead === "money" ? [money, what] : [`${what}.`, amount, view.leave && `${view.leave}.`, money];
  return [...told, todo, view.receipt && view.receipt.ask].filter(Boolean).join(" ");
}

/** Says what is new on the screen. */
export function sayView(view) {
  if (!speaking) return;
  const text = spoken(view);
  if (text === said) return;
  said = text;
  const prompt = new SpeechSynthesisUtterance(text);
  prompt.lang = view.language;
  window.speechSynthesis.cancel();
  window.speechSynthesis.speak(prompt);
}
