// The countdown of a payment: a bar and a number, and a warning in words, colour and sound of a screen reader near its end.

import { fill, part } from "./dom.js";
import { icon } from "./icons.js";

const SHORT_S = 10;

let endsAt = null;
let warned = false;

/** A new view, so many milliseconds old: when the payment ends. The same view once more, after a broken connection, changes nothing. */
export function setTime(view, before, age) {
  if (view.seq === before.seq && view.terminal_id === before.terminal_id && view.language === before.language) return;
  endsAt = typeof view.wake_in_ms === "number" ? performance.now() + view.wake_in_ms - age : null;
  tickTime(view);
}

/** Milliseconds until the terminal goes on by itself; null when it waits for something else. */
export const timeLeft = () => (endsAt === null ? null : Math.max(0, endsAt - performance.now()));

/** Draws what is left now. */
export function tickTime(view) {
  const counts = Boolean(view.countdown_ms);
  part("time").hidden = !counts;
  document.documentElement.classList.toggle("timed", counts);
  if (!counts) {
    part("alarm").textContent = "";
    warned = false;
    return;
  }
  const stopped = endsAt === null; // the whole time begins anew when it goes on
  const leftMs = stopped ? view.countdown_ms : timeLeft();
  const seconds = Math.ceil(leftMs / 1000);
  const short = seconds <= SHORT_S && !stopped;
  const money = view.credited_minor ? view.words.time_money : "";
  const words = stopped ? view.words.time_stopped : short ? [view.words.time_short, money].filter(Boolean).join(" · ") : view.words.time_left;
  part("time").classList.toggle("short", short);
  part("time").classList.toggle("stopped", stopped);
  fill("time-icon", [short, stopped], () => [icon(stopped ? "pause" : short ? "warn" : "clock")]);
  fill("time-words", words, () => [words]);
  fill("time-number", [seconds, view.words.seconds], () => [`${seconds} ${view.words.seconds}`]);
  part("time-left").style.transform = `scaleX(${Math.min(1, leftMs / view.countdown_ms)})`;
  if (short && !warned) part("alarm").textContent = words;
  if (!short) part("alarm").textContent = "";
  warned = short;
}
