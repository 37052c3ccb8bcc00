// Why somebody is due, in one line.
import { code, coded, has, t } from "../../i18n/index.svelte";
import type { DueView } from "../../types/generated";

export function dueText(item: DueView): string {
  const { programme, overdue_days: days, reason } = item.due;
  const parts = [code("programme", programme)];
  if (has(`reason.${reason.code}`)) parts.push(coded("reason", reason.code, reason.params ?? {}, "due.soon"));
  if (days > 0) parts.push(t("due.overdue", { n: days }));
  else if (days === 0) parts.push(t("due.today"));
  else parts.push(t("due.soon", { n: -days }));
  if (item.last_bp) parts.push(t("due.last_bp", { bp: `${item.last_bp.sys}/${item.last_bp.dia}` }));
  return parts.join(" · ");
}

/** How it is coloured; the words say the same. */
export function dueTone(item: DueView): "red" | "amber" | "sub" {
  if (item.due.urgency === "emergency" || item.due.urgency === "raised") return "red";
  return item.due.overdue_days > 0 ? "amber" : "sub";
}
