// What stands in a person's fields, as typed.
import type { Chart } from "../../types/generated";

export interface PersonForm {
  name: string;
  sex: string;
  birth_date: string;
  id_number: string;
  phone: string;
  village: string;
  address: string;
  household_head: string;
}

export function emptyForm(): PersonForm {
  return {
    name: "",
    sex: "",
    birth_date: "",
    id_number: "",
    phone: "",
    village: "",
    address: "",
    household_head: "",
  };
}

export function formOf(chart: Chart): PersonForm {
  const d = chart.demographics;
  return {
    name: d.name ?? "",
    sex: d.sex ?? "unknown",
    birth_date: d.birth_date?.date ?? "",
    id_number: d.id_number ?? "",
    phone: d.phone ?? "",
    village: chart.village ?? d.village ?? "",
    address: d.address ?? "",
    household_head: d.household_head ?? "",
  };
}

/** Only what was touched: an untouched field is not written again. */
export function touched(before: PersonForm, after: PersonForm): Partial<PersonForm> {
  const changed: Partial<PersonForm> = {};
  for (const key of Object.keys(before) as (keyof PersonForm)[]) {
    if (before[key] !== after[key]) changed[key] = after[key];
  }
  return changed;
}
