// What was measured last time, as it stands beside each field.
import * as f from "../../i18n/format";
import { glucoseText, kg } from "../../components/vitals-words";
import type { VisitView } from "../../types/generated";
import type { VitalField } from "./vital-fields";

export interface Before {
  value: string;
  date: string;
}

export function before(last: VisitView | null, at: VitalField): Before | null {
  const v = last?.content.vitals;
  if (!v || !last) return null;
  const bp = v.bp?.[v.bp.length - 1];
  const tenths = (n: number | null | undefined) => (n ? String(n / 10) : "");
  const values: Record<VitalField, string> = {
    bp: bp ? `${bp.sys}/${bp.dia}` : "",
    pulse: v.pulse ? String(v.pulse) : "",
    glucose: v.glucose ? glucoseText(v.glucose.value) : "",
    weight: v.weight ? kg(v.weight) : "",
    temperature: v.temperature ? (v.temperature / 10).toFixed(1) : "",
    height: tenths(v.height),
    waist: tenths(v.waist),
  };
  return values[at] ? { value: values[at], date: f.shortDate(f.dayOf(last.at)) } : null;
}
