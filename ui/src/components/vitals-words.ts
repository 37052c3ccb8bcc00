// Measured values in words, with their units.
import { code, t } from "../i18n/index.svelte";
import type { GlucoseReading, Vitals } from "../types/generated";

export function glucoseText(value: GlucoseReading): string {
  return typeof value === "number" ? (value / 10).toFixed(1) : code("meter", value);
}

/** Kilograms with one decimal from grams. */
export function kg(grams: number): string {
  return (grams / 1000).toFixed(1);
}

export function vitalsParts(v: Vitals): string[] {
  const parts: string[] = [];
  if (v.bp?.length) {
    parts.push(`${t("vital.bp")} ${v.bp.map((b) => `${b.sys}/${b.dia}`).join(t("punct.list"))}`);
  }
  if (v.pulse) parts.push(`${t("vital.pulse")} ${v.pulse}`);
  if (v.glucose) {
    parts.push(
      `${t("vital.glucose")} ${glucoseText(v.glucose.value)} (${code("glucose_kind", v.glucose.kind)})`,
    );
  }
  if (v.weight) parts.push(`${t("vital.weight")} ${kg(v.weight)}`);
  if (v.temperature) parts.push(`${t("vital.temperature")} ${(v.temperature / 10).toFixed(1)}`);
  return parts;
}
