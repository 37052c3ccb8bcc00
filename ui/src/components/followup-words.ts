// A signed follow-up in words, line by line: what was asked, what was found, what was decided and why. What was
// not asked has no line.
import { code, t } from "../i18n/index.svelte";
import type { AdverseReaction, Complication, HypertensionForm, Referral } from "../types/generated";
import { lifestyleParts } from "./lifestyle-words";

const line = (name: string, text: string) => `${name}${t("punct.colon")}${text}`;
const list = (parts: (string | null | undefined | false)[]) => parts.filter(Boolean).join(t("punct.list"));

function found(of: AdverseReaction | Complication): string {
  if (!of.present) return code("present", "no");
  const hard = "hard_to_control" in of && of.hard_to_control;
  return list([code("present", "yes"), of.detail, hard && t("consult.reaction_hard")]);
}

const referralText = (r: Referral) => list([r.urgent && t("refer.urgent"), r.to, r.reason]);

export function followUpLines(form: HypertensionForm): string[] {
  const lines: string[] = [];
  const { symptoms, emergency_signs: signs } = form;
  if (signs) {
    const words = signs.map((s) => code("emergency_sign", s));
    lines.push(line(t("emergency.line"), signs.length > 0 ? list(words) : t("emergency.no_signs")));
  }
  if (symptoms?.length) {
    const words = symptoms.map((s) => code("symptom", s));
    lines.push(line(t("consult.symptoms"), list([...words, form.symptoms_other])));
  }
  if (form.adherence) lines.push(line(t("consult.adherence"), code("adherence", form.adherence)));
  if (form.adverse_reaction) lines.push(line(t("consult.reaction"), found(form.adverse_reaction)));
  if (form.complication) lines.push(line(t("consult.complication"), found(form.complication)));
  const habits = lifestyleParts(form.lifestyle);
  if (habits.length > 0) lines.push(line(t("field.lifestyle"), list(habits)));
  if (form.class_reason) {
    if (form.class_proposed) lines.push(line(t("proposal.proposed"), code("class", form.class_proposed)));
    lines.push(line(t("proposal.reason"), form.class_reason));
  }
  if (form.referral) lines.push(line(t("field.referral"), referralText(form.referral)));
  return lines;
}

/** A value of a form that is not the app's own, as it stands. */
export function formValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return t("conflict.empty_value");
  if (typeof value === "boolean") return value ? t("act.yes") : t("act.no");
  if (Array.isArray(value)) return value.map(formValue).join(t("punct.list"));
  if (typeof value === "object") {
    return list(Object.entries(value).map(([name, inner]) => line(name, formValue(inner))));
  }
  return String(value as string | number);
}
