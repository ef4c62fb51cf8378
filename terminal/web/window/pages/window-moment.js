// Times as people type them, in the time of the site: `0930` is the last half past nine that has been, `1124 0930` has its day too.

const TYPED = /^(?:(?:(\d{4})[-/.]?)?(\d{2})[-/.]?(\d{2})\s+)?(\d{1,2})[:：]?(\d{2})$/;
const DAY_MS = 86_400_000;

/** What was typed, as a moment not after `latest`, in Unix ms; null for what is no time. */
export function parseMoment(timeZone, typed, latest) {
  const match = TYPED.exec(typed.trim());
  if (!match) return null;
  const [year, month, day, hour, minute] = match.slice(1).map((each) => (each === undefined ? null : Number(each)));
  const today = wall(timeZone, latest);
  const at = ([y, m, d]) => moment(timeZone, [y, m, d, hour, minute]);
  if (month === null) {
    const found = at(today);
    return found === null || found <= latest ? found : at(wall("UTC", Date.UTC(today[0], today[1] - 1, today[2]) - DAY_MS));
  }
  const found = at([year ?? today[0], month, day]);
  return found === null || found <= latest || year !== null ? found : at([today[0] - 1, month, day]);
}

/** A moment as it is written: year, month, day, hour and minute. */
export function showMoment(timeZone, ms) {
  const [year, ...rest] = wall(timeZone, ms).map((each) => String(each).padStart(2, "0"));
  return `${year}-${rest[0]}-${rest[1]} ${rest[2]}:${rest[3]}`;
}

/** Year, month, day, hour and minute of a moment on the wall of the site. */
function wall(timeZone, ms) {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" });
  const found = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return [found.year, found.month, found.day, found.hour, found.minute];
}

/** The moment at which the wall shows this; null when it never does (a 31st of February, an hour that is skipped). */
function moment(timeZone, shown) {
  const utc = (parts) => Date.UTC(parts[0], parts[1] - 1, ...parts.slice(2));
  const wanted = utc(shown);
  let found = wanted;
  for (let twice = 0; twice < 2; twice += 1) found += wanted - utc(wall(timeZone, found));
  return String(wall(timeZone, found)) === String(shown) ? found : null;
}
