// What stands in a person's fields, as typed.
import { lunarFrom, lunarText } from "../../i18n/days";
import type { Chart, LunarDate } from "../../types/generated";

export interface PersonForm {
  name: string;
  sex: string;
  birth_date: string;
  /** The lunar date that the birth date was told as, as `lunarText` writes it; empty where it was not. */
  birth_lunar: string;
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
    birth_lunar: "",
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
    birth_lunar: d.birth_date?.lunar ? lunarText(d.birth_date.lunar) : "",
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

/** The birth date as the program takes it: the civil date, with the lunar one where it was told so. */
export function birthOf(form: PersonForm): { birth_date: string; birth_lunar?: LunarDate } | null {
  if (form.birth_date === "") return null;
  const lunar = lunarFrom(form.birth_lunar);
  return lunar ? { birth_date: form.birth_date, birth_lunar: lunar } : { birth_date: form.birth_date };
}
