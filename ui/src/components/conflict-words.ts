// A field in conflict and its values in words.
import { code, has, t, type Key } from "../i18n/index.svelte";
import { date } from "../i18n/format";
import type { ConflictView } from "../types/generated";

export function fieldName(c: ConflictView): string {
  return has(`field.${c.field}`) ? t(`field.${c.field}` as Key) : c.field;
}

export function sectionName(c: ConflictView): string {
  return has(`section.${c.section}`) ? t(`section.${c.section}` as Key) : c.section;
}

export function describe(c: ConflictView, value: unknown): string {
  if (value === null || value === undefined || value === "") return t("conflict.empty_value");
  if (typeof value === "string") {
    return /^\d{4}-\d{2}-\d{2}$/.test(value) ? date(value) : code(c.field, value);
  }
  if (typeof value === "boolean") return value ? t("act.yes") : t("act.no");
  if (typeof value !== "object") return String(value);
  if ("date" in value && typeof value.date === "string") return date(value.date);
  if ("sys" in value && "dia" in value) return `${String(value.sys)}/${String(value.dia)}`;
  return Object.entries(value)
    .filter(([, v]) => v !== null && typeof v !== "object")
    .map(([k, v]) => `${has(`field.${k}`) ? t(`field.${k}` as Key) : k}: ${code(k, String(v))}`)
    .join(t("punct.list"));
}
