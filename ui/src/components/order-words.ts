// A prescription in words: when, how much, for how many days. Doses come in quarters of a unit.
import { prefs } from "../app/prefs.svelte";
import { code, t } from "../i18n/index.svelte";
import type { DoseSchedule, MedicineView, PrescriptionOrder, Product } from "../types/generated";

export const SLOTS = ["morning", "noon", "evening", "bedtime"] as const;
export type Slot = (typeof SLOTS)[number];

/** The generic name in English beside the Chinese one, for who reads English. */
export function otherName(product: Product): string {
  return prefs.lang === "en" ? (product.generic_en ?? "") : "";
}

/** The same product, whether or not the formulary has it. */
export function sameProduct(a: PrescriptionOrder, b: PrescriptionOrder): boolean {
  return a.product.id || b.product.id ? a.product.id === b.product.id : a.product.name === b.product.name;
}

/** What was handed out on a prescription, and how much of it beyond what was prescribed. */
export type HandedOut = Pick<MedicineView, "prescription" | "order" | "dispensed" | "over">;

/** More was handed out than was prescribed. */
export function dispensedTwice(m: HandedOut): boolean {
  return m.over > 0;
}

export function quarters(n: number): string {
  const whole = Math.floor(n / 4);
  const part = ["", "¼", "½", "¾"][n % 4] ?? "";
  return whole > 0 ? `${whole}${part}` : part || "0";
}

/** A unit of the formulary in the chosen language; one it does not know stays as it is written. */
export const unitWord = (unit: string | null | undefined): string => code("unit", unit);

export function scheduleOf(order: PrescriptionOrder): DoseSchedule | null {
  return typeof order.timing === "string" ? null : order.timing;
}

export function timingText(order: PrescriptionOrder): string {
  const schedule = scheduleOf(order);
  const unit = unitWord(order.product.unit);
  if (!schedule) return [String(order.timing), order.dose].filter(Boolean).join(" ");
  return SLOTS.filter((s) => (schedule[s] ?? 0) > 0)
    .map((s) => `${code("slot", s)} ${quarters(schedule[s] ?? 0)} ${unit}`.trim())
    .join(t("punct.list"));
}

export function orderParts(order: PrescriptionOrder): string[] {
  const parts = [timingText(order), t("order.days", { n: order.days })];
  if (order.quantity)
    parts.push(t("order.quantity", { n: order.quantity, unit: unitWord(order.product.unit) }));
  if (order.remark) parts.push(order.remark);
  return parts;
}
