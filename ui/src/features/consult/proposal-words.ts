// A proposal of the rules in words.
import { date } from "../../i18n/format";
import { code, coded, t } from "../../i18n/index.svelte";
import type { Proposal, RuleHit } from "../../types/generated";

export function proposalTitle(p: Proposal): string {
  const twice = p.reasons.some((r) => r.rule === "htn.not_at_target_twice");
  const cls = p.class ? code("class", p.class) : t("proposal.undecided");
  return t(twice ? "proposal.title_twice" : "proposal.title", { class: cls });
}

function reason(hit: RuleHit): string {
  const params = { ...hit.params };
  if (typeof params.sign === "string") params.sign = code("emergency_sign", params.sign);
  if (typeof params.symptom === "string") params.symptom = code("symptom", params.symptom);
  const text = coded("rule", hit.rule, params, "rule.unknown");
  return hit.clause ? `${text} · ${hit.clause}` : text;
}

export function proposalLines(p: Proposal): string[] {
  const lines = p.reasons.map(reason);
  const act: string[] = [];
  if (p.urgent) act.push(t("proposal.urgent"));
  else if (p.refer) act.push(t("proposal.refer"));
  if (p.due) act.push(t("proposal.next", { date: date(p.due) }));
  if (act.length > 0) lines.push(`→ ${act.join(" · ")}`);
  return lines;
}

export function proposalGaps(p: Proposal): string {
  return p.not_checked.map((c) => code("rule", c)).join(t("punct.list"));
}
