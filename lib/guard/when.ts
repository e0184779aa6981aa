/** When a line was written, as far as it says so at its beginning; and the line without what syslog has put before it. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** NaN, if it is none. */
const monthOf = (name: string): number => (MONTHS.includes(name) ? MONTHS.indexOf(name) : Number.NaN);
const SYSLOG = /^(?:<\d{1,3}>)?([A-Z][a-z]{2}) ([ \d]\d) ([0-2]\d):([0-5]\d):([0-6]\d) \S+ /;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) \S+ /;
const NGINX = /^(\d{4})\/(\d\d)\/(\d\d) ([0-2]\d):([0-5]\d):([0-6]\d) /;
const COMMON =
  /^[0-9A-Fa-f:.]+ \S+ [^\s[]+ \[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):([0-2]\d):([0-5]\d):([0-6]\d) ([+-])(\d\d)(\d\d)\]/;
const DAY = 86_400_000;

/** In milliseconds since 1970; now, if it doesn't say. Nothing was written later than now. */
export function when(line: string, now: number): readonly [at: number, rest: string] {
  const [at, rest] = said(line, now);
  return [at === undefined || Number.isNaN(at) ? now : Math.min(at, now), rest];
}

function said(line: string, now: number): readonly [number | undefined, string] {
  const syslog = SYSLOG.exec(line);
  if (syslog) {
    const month = monthOf(syslog[1]!);
    const [day, hour, minute, second] = syslog.slice(2).map(Number) as [number, number, number, number];
    const of = (year: number) => new Date(year, month, day, hour, minute, second).getTime();
    // It doesn't say of which year.
    const year = new Date(now).getFullYear();
    const at = of(year) > now + DAY ? of(year - 1) : of(year);
    return [at, line.slice(syslog[0].length)];
  }
  const iso = ISO.exec(line);
  if (iso) return [Date.parse(iso[1]!), line.slice(iso[0].length)];
  const nginx = NGINX.exec(line);
  if (nginx) {
    const [year, month, ...rest] = nginx.slice(1).map(Number) as [number, number, number, number, number, number];
    return [new Date(year, month - 1, ...rest).getTime(), line];
  }
  const common = COMMON.exec(line);
  if (!common) return [undefined, line];
  const [, day, month, year, hour, minute, second, sign, hours, minutes] = common;
  const away = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? 1 : -1);
  const utc = [hour, minute, second].map(Number) as [number, number, number];
  return [Date.UTC(Number(year), monthOf(month!), Number(day), ...utc) + 60_000 * away, line];
}
