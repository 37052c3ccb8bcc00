// Dates, times and numbers as the chosen language writes them. Times arrive as milliseconds, dates as
// YYYY-MM-DD; a date is never shifted by a time zone.
import { prefs } from "../app/prefs.svelte";
import { t } from "./index.svelte";

const tag = () => (prefs.lang === "zh" ? "zh-CN" : "en-GB");
const two = (n: number) => String(n).padStart(2, "0");

function asDate(day: string): Date {
  const [y, m, d] = day.split("-").map(Number);
  return new Date(y ?? 1970, (m ?? 1) - 1, d ?? 1);
}

export function today(now: number): string {
  return dayOf(now);
}

export function dayOf(ms: number): string {
  const d = new Date(ms);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export function addDays(day: string, days: number): string {
  const d = asDate(day);
  d.setDate(d.getDate() + days);
  return dayOf(d.getTime());
}

export function daysBetween(from: string, to: string): number {
  return Math.round((asDate(to).getTime() - asDate(from).getTime()) / 86_400_000);
}

export function date(day: string | null | undefined): string {
  if (!day) return "";
  if (prefs.lang === "zh") return day;
  return asDate(day).toLocaleDateString(tag(), { day: "numeric", month: "short", year: "numeric" });
}

export function shortDate(day: string | null | undefined): string {
  if (!day) return "";
  if (prefs.lang === "zh") return day.slice(5);
  return asDate(day).toLocaleDateString(tag(), { day: "numeric", month: "short" });
}

export function weekday(day: string): string {
  return asDate(day).toLocaleDateString(tag(), { weekday: "short" });
}

/** A day with its weekday, in the order of the language. */
export function dayWithWeekday(day: string): string {
  return prefs.lang === "zh" ? `${date(day)} ${weekday(day)}` : `${weekday(day)} ${date(day)}`;
}

export function monthDay(day: string): string {
  const style = prefs.lang === "zh" ? "long" : "short";
  return asDate(day).toLocaleDateString(tag(), { month: style, day: "numeric" });
}

/** The lunar date that villagers plan by, where the system's calendar knows it. */
export function lunar(day: string): string {
  try {
    const format = new Intl.DateTimeFormat("zh-CN-u-ca-chinese", { month: "long", day: "numeric" });
    const parts = format.formatToParts(asDate(day));
    const part = (type: string) => parts.find((p) => p.type === type)?.value ?? "";
    const n = Number.parseInt(part("day"), 10);
    return part("month") + (t("lunar.days").split(",")[n - 1] ?? part("day"));
  } catch {
    return "";
  }
}

export function time(ms: number): string {
  return new Date(ms).toLocaleTimeString(tag(), { hour: "2-digit", minute: "2-digit", hour12: false });
}

export function dateTime(ms: number): string {
  return `${date(dayOf(ms))} ${time(ms)}`;
}

export function number(n: number): string {
  return n.toLocaleString(tag());
}

export function minutesSince(ms: number, now: number): number {
  return Math.max(0, Math.floor((now - ms) / 60_000));
}

/** How long ago, in the words of the sync light: 3 hours ago. */
export function ago(ms: number, now: number): string {
  const minutes = minutesSince(ms, now);
  if (minutes < 2) return t("time.just_now");
  if (minutes < 60) return t("time.minutes_ago", { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return t("time.hours_ago", { n: hours });
  return t("time.days_ago", { n: Math.floor(hours / 24) });
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KB`;
  return `${(n / 1024 / 1024).toFixed(1)} MB`;
}

/** Month and year of an expiry. */
export function month(day: string): string {
  return day.slice(0, 7);
}
