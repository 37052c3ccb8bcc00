// A warning of the checks in words.
import { coded, t } from "../i18n/index.svelte";
import type { Warning } from "../types/generated";
import { unitWord } from "./order-words";

export function warningText(w: Warning): string {
  const { note, unit, ...rest } = w.params;
  const values = {
    ...rest,
    unit: unitWord(typeof unit === "string" ? unit : ""),
    note: typeof note === "string" && note ? t("punct.paren", { text: note }) : "",
  };
  return coded("warning", w.code, values, "warning.unknown");
}
