// How each measured value is typed: digits, where a point or slash comes by itself, what the record holds.
// Limits come with the visit, from the site's table; the program checks them again.
import type { BloodPressure, Started, Vitals } from "../../types/generated";

export const MAIN = ["bp", "pulse", "glucose", "weight"] as const;
export const MORE = ["temperature", "height", "waist"] as const;
export type VitalField = (typeof MAIN)[number] | (typeof MORE)[number];
export type Texts = Record<VitalField, string>;

export const emptyTexts = (): Texts => ({
  bp: "",
  pulse: "",
  glucose: "",
  weight: "",
  temperature: "",
  height: "",
  waist: "",
});

/** The site's limits of measured values. */
export type Limits = Started["ranges"]["body"];
type RangeName = "systolic" | "diastolic" | Exclude<VitalField, "bp">;
/** What a typed unit is worth in the unit of the record: kilograms to grams, centimetres to millimetres. */
const SCALE: Record<Exclude<VitalField, "bp">, number> = {
  pulse: 1,
  glucose: 10,
  weight: 1000,
  temperature: 10,
  height: 10,
  waist: 10,
};

/** What a glucose meter shows beyond its range, as typed and as recorded. */
const METER: Record<string, string> = { HI: "hi", LO: "lo" };
export const METER_KEYS = Object.keys(METER);

/** The extra key of the pad. */
export function extraKey(field: VitalField): string | null {
  if (field === "bp") return "/";
  return field === "pulse" ? null : ".";
}

/** The text after a key. A pressure's slash comes by itself once the systolic value is complete. */
export function type(field: VitalField, text: string, key: string): string {
  if (METER_KEYS.includes(key)) return field === "glucose" ? key : text;
  if (METER_KEYS.includes(text)) text = "";
  if (key === "Backspace") return text.endsWith("/") ? text.slice(0, -2) : text.slice(0, -1);
  if (field === "bp") {
    if (key === "/") return text && !text.includes("/") ? `${text}/` : text;
    if (!/^\d$/.test(key)) return text;
    const [sys = "", dia] = text.split("/");
    if (dia !== undefined) return dia.length < 3 ? text + key : text;
    if (sys.length >= 3) return `${sys}/${key}`;
    const next = sys + key;
    return next.length === 3 || (next.length === 2 && Number(next) >= 40) ? `${next}/` : next;
  }
  if (key === ".") return text.includes(".") || !text || field === "pulse" ? text : `${text}.`;
  if (!/^\d$/.test(key)) return text;
  const decimals = text.split(".")[1];
  if (decimals !== undefined && decimals.length >= 1) return text;
  return text.replace(".", "").length < 4 ? text + key : text;
}

/** True when no further digit can belong to the value: the next field may take over. */
export function complete(field: VitalField, text: string): boolean {
  if (field === "bp") {
    const dia = text.split("/")[1] ?? "";
    return dia.length === 3 || (dia.length === 2 && Number(dia) >= 20);
  }
  if (field === "pulse") return text.length === 3 || (text.length === 2 && Number(text) >= 30);
  return /\.\d$/.test(text);
}

export function parseBp(text: string): BloodPressure | null {
  const match = /^(\d{1,4})\/(\d{1,3})$/.exec(text);
  return match ? { sys: Number(match[1]), dia: Number(match[2]) } : null;
}

export function parseNumber(field: Exclude<VitalField, "bp">, text: string): number | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  return Math.round(Number(text) * SCALE[field]);
}

/** The first field that holds text which is no whole value yet, such as a pressure without its diastolic part. */
export function unfinished(texts: Texts): VitalField | null {
  const whole = (field: VitalField, text: string) =>
    field === "bp"
      ? parseBp(text) !== null
      : parseNumber(field, text) !== null || (field === "glucose" && text in METER);
  return [...MAIN, ...MORE].find((field) => texts[field] !== "" && !whole(field, texts[field])) ?? null;
}

export interface Finding {
  level: "hard" | "soft";
  vital: RangeName;
  value: string;
  min: string;
  max: string;
  /** The systolic value that a diastolic one is not below. */
  sys?: string;
}

function check(limits: Limits, vital: RangeName, value: number, scale: number): Finding | null {
  const r = limits[vital];
  const words = (min: number, max: number, level: "hard" | "soft"): Finding => ({
    level,
    vital,
    value: String(value / scale),
    min: String(min / scale),
    max: String(max / scale),
  });
  if (value < r.hard_min || value > r.hard_max) return words(r.hard_min, r.hard_max, "hard");
  if (value < r.soft_min || value > r.soft_max) return words(r.soft_min, r.soft_max, "soft");
  return null;
}

/** Most likely a slip; but what the cuff showed must be recordable. */
const swapped = (limits: Limits, { sys, dia }: BloodPressure): Finding => ({
  level: "soft",
  vital: "diastolic",
  value: String(dia),
  min: String(limits.diastolic.soft_min),
  max: String(sys - 1),
  sys: String(sys),
});

/** What a person's "it is right" is about: another value, or another pressure, is asked about anew. */
export const askedAs = (f: Finding): string => [f.vital, f.value, f.sys].filter(Boolean).join(" ");

/** What is unusual or impossible about what was typed. */
export function findings(limits: Limits, field: VitalField, text: string): Finding[] {
  if (field === "bp") {
    const bp = parseBp(text);
    if (!bp) return [];
    const dia = check(limits, "diastolic", bp.dia, 1);
    return [
      check(limits, "systolic", bp.sys, 1),
      bp.dia >= bp.sys && dia?.level !== "hard" ? swapped(limits, bp) : dia,
    ].filter((f) => f !== null);
  }
  const value = parseNumber(field, text);
  const found = value === null ? null : check(limits, field, value, SCALE[field]);
  return found ? [found] : [];
}

export function usual(limits: Limits, field: VitalField): { min: string; max: string }[] {
  const names: [RangeName, number][] =
    field === "bp"
      ? [
          ["systolic", 1],
          ["diastolic", 1],
        ]
      : [[field, SCALE[field]]];
  return names.map(([name, scale]) => ({
    min: String(limits[name].soft_min / scale),
    max: String(limits[name].soft_max / scale),
  }));
}

/** The record's values from what was typed. */
export function vitalsOf(texts: Texts, readings: BloodPressure[], glucoseKind: string): Vitals {
  const current = parseBp(texts.bp);
  const n = (field: Exclude<VitalField, "bp">) => parseNumber(field, texts[field]);
  const glucose = METER[texts.glucose] ?? n("glucose");
  const vitals: Vitals = {
    bp: current ? [...readings, current] : [...readings],
    pulse: n("pulse"),
    weight: n("weight"),
    height: n("height"),
    temperature: n("temperature"),
    glucose: glucose === null ? null : { value: glucose, kind: glucoseKind },
    waist: n("waist"),
  };
  return vitals;
}
