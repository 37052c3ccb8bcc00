// Why somebody is due, in short facts.
import { code, coded, has, t } from "../../i18n/index.svelte";
import type { DueView } from "../../types/generated";

const REFILL = ["due.medicine_soon_out", "due.medicine_out"];
const isRefill = (item: DueView) => REFILL.includes(item.due.reason.code);

export function dueParts(item: DueView): string[] {
  const { programme, overdue_days: days, reason } = item.due;
  const parts = [code("programme", programme)];
  if (isRefill(item)) {
    parts.push(refill(-days));
  } else {
    if (days > 0) parts.push(t("due.overdue", { n: days }));
    else if (days === 0) parts.push(t("due.today"));
    else parts.push(t("due.soon", { n: -days }));
  }
  const bp = item.last_bp ? `${item.last_bp.sys}/${item.last_bp.dia}` : "";
  if (!isRefill(item) && has(`reason.${reason.code}`)) {
    parts.push(`${coded("reason", reason.code, reason.params ?? {}, "due.today")} ${bp}`.trim());
  } else if (bp) {
    parts.push(t("due.last_bp", { bp }));
  }
  return parts;
}

function refill(daysLeft: number): string {
  if (daysLeft < 0) return t("due.refill_out", { n: -daysLeft });
  return daysLeft === 0 ? t("due.refill_today") : t("due.refill_soon", { n: daysLeft });
}

/** What the line says they came for. */
export function visitReason(item: DueView): string {
  return isRefill(item) ? t("due.refill_reason") : t("due.visit_reason");
}

/** How it is coloured; the words say the same. */
export function dueTone(item: DueView): "red" | "amber" | "sub" {
  if (item.due.urgency === "emergency" || item.due.urgency === "raised") return "red";
  return item.due.overdue_days > 0 ? "amber" : "sub";
}
