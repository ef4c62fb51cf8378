// The way to the terminal and back: its views come as server-sent events, presses go as small JSON posts.

const HEADERS = { "X-Fee-Terminal": "1" };

/** Follows the terminal: `seen` is given each view and its age in milliseconds, `heard` is called at each sign of life, `lost` when there is none. */
export function follow(seen, heard, lost) {
  const source = new EventSource("/events");
  let age = 0;
  source.addEventListener("beat", heard);
  source.addEventListener("age", (message) => { age = Number(message.data); });
  source.addEventListener("message", (message) => {
    seen(JSON.parse(message.data), age);
    age = 0;
    heard();
  });
  source.addEventListener("error", () => {
    lost();
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(seen, heard, lost), 2000);
  });
}

/** Presses a button of the terminal; answers null when it was taken, else what it said against it ({} if nothing). */
export async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { ...HEADERS, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.ok ? null : answer.json().catch(() => ({}));
}

/** The cars that a part of a plate may mean: {candidates, words}; null when the terminal can not look now. */
export async function findCars(typed) {
  const answer = await fetch("/stays?plate=" + encodeURIComponent(typed), { headers: HEADERS });
  return answer.ok ? answer.json() : null;
}
