// The way to the terminal and back: its views come as server-sent events, acts go as small JSON posts.

const HEADERS = { "X-Fee-Terminal": "1" };
let source = null;

/** Follows the terminal: `seen` is given each view, `heard` is called at each sign of life, `lost` when there is none. */
export function follow(seen, heard, lost) {
  if (source) return;
  source = new EventSource("/window/live");
  source.addEventListener("beat", heard);
  source.addEventListener("message", (message) => {
    seen(JSON.parse(message.data));
    heard();
  });
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) source = null;
    lost();
  });
}

export function unfollow() {
  source?.close();
  source = null;
}

/** Who may come and who is here; null when the terminal does not answer. */
export async function gate() {
  const answer = await fetch("/window/gate", { headers: HEADERS }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

/** Posts; `{ok, ...}` with what was answered, or why it was refused. */
export async function post(path, body) {
  const answer = await fetch("/window/" + path, {
    method: "POST", headers: { ...HEADERS, "Content-Type": "application/json" }, body: JSON.stringify(body),
  }).catch(() => null);
  return { ...(await answer?.json().catch(() => ({}))), ok: Boolean(answer?.ok) };
}

const BADGE = "OP1.";

export const isBadge = (typed) => typed.startsWith(BADGE);

/** A badge that a reader typed like a keyboard goes the way of one before the terminal's scanner. */
export const showBadge = (typed) => post("badge", { text: typed });

/** Looks something up; `{ok, found}`, or why it was refused. */
export async function lookUp(path) {
  const answer = await fetch("/window/" + path, { headers: HEADERS }).catch(() => null);
  const found = await answer?.json().catch(() => ({}));
  return answer?.ok ? { ok: true, found } : { ...found, ok: false };
}
