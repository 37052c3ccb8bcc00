// A field in conflict and its values in words, and what else a person may write into it.
import { shell } from "../app/store.svelte";
import { code, has, t, type Key } from "../i18n/index.svelte";
import { date, dayOf } from "../i18n/format";
import type { ConflictView } from "../types/generated";
import { glucoseText, kg } from "./vitals-words";

export function fieldName(c: ConflictView): string {
  return has(`field.${c.field}`) ? t(`field.${c.field}` as Key) : c.field;
}

export function sectionName(c: ConflictView): string {
  return has(`section.${c.section}`) ? t(`section.${c.section}` as Key) : c.section;
}

/** The list of words of a coded field, where it is not named like the field. */
const LIST: Record<string, string> = { status: "record_status", target: "target" };

export function describe(c: ConflictView, value: unknown): string {
  return words(c.field, value);
}

function words(field: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return t("conflict.empty_value");
  if (typeof value === "string") return text(field, value);
  if (typeof value === "boolean") return value ? t("act.yes") : t("act.no");
  if (typeof value === "number") return measured(field, value);
  if (Array.isArray(value)) {
    return value.length === 0
      ? t("conflict.empty_value")
      : value.map((one) => words(field, one)).join(t("punct.list"));
  }
  if (typeof value === "object") return whole(field, value as Record<string, unknown>);
  return String(value);
}

function text(field: string, value: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return date(value);
  if (field === "village") return shell.day?.villages.find((v) => v.id === value)?.name ?? value;
  return code(LIST[field] ?? field, value);
}

function measured(field: string, value: number): string {
  if (field === "weight") return `${kg(value)} kg`;
  if (field === "height" || field === "waist") return `${value / 10} cm`;
  if (field === "temperature") return `${(value / 10).toFixed(1)} °C`;
  return String(value);
}

/** A value that is always written as a whole: a birth date, a pressure, who asked about allergies. */
function whole(field: string, value: Record<string, unknown>): string {
  if (typeof value.date === "string") return date(value.date);
  if ("sys" in value && "dia" in value) return `${String(value.sys)}/${String(value.dia)}`;
  if ("sys_below" in value) return `<${String(value.sys_below)}/${String(value.dia_below)}`;
  if (field === "glucose" && "value" in value) return glucoseText(value.value as number | string);
  if (field === "no_known_allergies" && typeof value.at === "number") {
    return t("allergy.none_known", { date: date(dayOf(value.at)) });
  }
  if (typeof value.name === "string") return [value.name, value.code].filter(Boolean).join(" ");
  return Object.entries(value)
    .filter(([, v]) => v !== null && typeof v !== "object")
    .map(([k, v]) => `${has(`field.${k}`) ? t(`field.${k}` as Key) : k}: ${words(k, v)}`)
    .join(t("punct.list"));
}

/** How a value of a person's own is given: written, chosen from a list, or typed as a day. */
export type Own =
  | { kind: "text" }
  | { kind: "day"; as: (day: string) => unknown }
  | { kind: "list"; values: { value: string; text: string }[] };

const TEXTS: Record<string, readonly string[]> = {
  person: ["name", "phone", "address", "household_head", "id_number", "health_record_number"],
  allergy: ["substance", "reaction", "status_reason"],
  problem: ["name", "status_reason"],
  encounter: ["reason", "findings", "note", "plan"],
};
const LISTS: Record<string, readonly string[]> = {
  sex: ["female", "male", "unknown"],
  blood_group: "a b ab o a_pos b_pos ab_pos o_pos a_neg b_neg ab_neg o_neg".split(" "),
  severity: ["mild", "moderate", "severe"],
  risk: ["low", "moderate", "high", "very_high"],
};

/** Null where only one of the values that were written can be chosen. */
export function ownValue(c: ConflictView): Own | null {
  if (TEXTS[c.section]?.includes(c.field)) return { kind: "text" };
  if (c.field === "birth_date") return { kind: "day", as: (day) => ({ date: day }) };
  if (c.section === "person" && c.field === "village") {
    const values = (shell.day?.villages ?? []).map((v) => ({ value: v.id, text: v.name }));
    return values.length > 0 ? { kind: "list", values } : null;
  }
  const codes = LISTS[c.field];
  return codes
    ? { kind: "list", values: codes.map((value) => ({ value, text: code(LIST[c.field] ?? c.field, value) })) }
    : null;
}
