// Days as people type them: digits that fall into year, month and day, and the lunar calendar that many
// birthdays are kept in. The lunar calendar is the system's own; where it has none, nothing is offered.

/** True for a complete day that exists, written YYYY-MM-DD. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const [y, m, d] = match.slice(1).map(Number) as [number, number, number];
  const at = new Date(y, m - 1, d);
  return at.getFullYear() === y && at.getMonth() === m - 1 && at.getDate() === d;
}

/** What is typed, in the form YYYY-MM-DD as far as it goes. `whole` also completes single digits. */
export function maskDay(text: string, whole = false): string {
  const parts = text.split(/\D+/).filter((part, i) => part !== "" || i > 0);
  let [y = "", m = "", d = ""] = parts;
  // A separator after one digit of the month says that it has only one.
  if (parts.length > 2) m = m.padStart(2, "0");
  if (y.length > 4) [y, m] = [y.slice(0, 4), y.slice(4) + m];
  if (m.length > 2) [m, d] = [m.slice(0, 2), m.slice(2) + d];
  d = d.slice(0, 2);
  if (whole && y.length === 4 && m && d) [m, d] = [m.padStart(2, "0"), d.padStart(2, "0")];
  return [y, m, d].filter(Boolean).join("-");
}

/** A day of the lunar calendar. */
export interface LunarDay {
  year: number;
  month: number;
  day: number;
  leap: boolean;
}

let calendar: Intl.DateTimeFormat | null | undefined;

function lunarCalendar(): Intl.DateTimeFormat | null {
  if (calendar === undefined) {
    const format = new Intl.DateTimeFormat("en-u-ca-chinese", {
      year: "numeric",
      month: "numeric",
      day: "numeric",
    });
    calendar = format.resolvedOptions().calendar === "chinese" ? format : null;
  }
  return calendar;
}

function lunarOf(at: Date): LunarDay | null {
  const parts = lunarCalendar()?.formatToParts(at) ?? [];
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  const [year, month, day] = [of("relatedYear"), of("month"), of("day")].map((v) => Number.parseInt(v, 10));
  if (!year || !month || !day) return null;
  return { year, month, day, leap: /[^\d]/.test(of("month")) };
}

/** The day of our calendar that a lunar date is; null when that year has no such day. */
export function solarOf(year: number, month: number, day: number, leap: boolean): string | null {
  // A lunar year begins between 21 January and 21 February.
  for (let i = 0; i < 400; i++) {
    const at = new Date(year, 0, 20 + i);
    const found = lunarOf(at);
    if (!found) return null;
    if (found.year === year && found.month === month && found.day === day && found.leap === leap) {
      const two = (n: number) => String(n).padStart(2, "0");
      return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    }
  }
  return null;
}

/** A lunar day in one text, for a form: its digits, and a plus sign in a leap month. */
export function lunarText(day: { year: number; month: number; day: number; leap?: boolean }): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${String(day.year).padStart(4, "0")}-${two(day.month)}-${two(day.day)}${day.leap ? "+" : ""}`;
}

/** The lunar day of such a text; null for anything else. */
export function lunarFrom(text: string): LunarDay | null {
  const found = /^(\d{4})-(\d{2})-(\d{2})(\+?)$/.exec(text);
  if (!found) return null;
  const [, year, month, day, leap] = found;
  return { year: Number(year), month: Number(month), day: Number(day), leap: leap === "+" };
}
