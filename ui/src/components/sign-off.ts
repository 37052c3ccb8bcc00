// Whether somebody of the site answers for a table, in words.
import { date } from "../i18n/format";
import { t } from "../i18n/index.svelte";
import type { SignOff } from "../types/generated";

export function signOffText(s: SignOff): string {
  return s.state === "signed" ? t("rules.signed", { by: s.by, date: date(s.at) }) : t("rules.unsigned");
}
