// A draft of an earlier day in words, to be read and not gone on with: every text and number that was typed. What
// another version of the form stored is shown by the names that it gave.
import { t } from "../../i18n/index.svelte";
import { followUpLines, formValue } from "../../components/followup-words";
import type { HypertensionForm } from "../../types/generated";
import { emptyDraft, type Draft } from "./consult-form.svelte";
import { habitOf, type HabitField } from "./habit-fields";
import { HABIT_NAMES, PART_NAMES } from "./habit-words";
import { MAIN, MORE } from "./vital-fields";

export interface Line {
  label: string;
  text: string;
}

export function typedLines(stored: unknown): Line[] {
  if (typeof stored !== "object" || stored === null) return [];
  if ((stored as Partial<Draft>).v !== 1) return namedLines(stored);
  const draft = stored as Partial<Draft>;
  const form: HypertensionForm = { ...emptyDraft().form, ...draft.form };
  const lines: Line[] = [];
  const add = (label: string, text: string | null | undefined) => {
    if (text?.trim()) lines.push({ label, text });
  };
  const { name, relation, phone } = draft.attendee ?? {};
  add(t("field.attendee"), [name, relation, phone].filter(Boolean).join(t("punct.list")));
  add(t("consult.reason"), draft.reason);
  const pressures = (draft.readings ?? []).map((bp) => `${bp.sys}/${bp.dia}`);
  for (const field of [...MAIN, ...MORE]) {
    const typed = draft.texts?.[field] ?? "";
    const all = field === "bp" ? [...pressures, typed].filter(Boolean).join(t("punct.list")) : typed;
    add(t(`vital.${field}_unit`), all);
  }
  for (const text of followUpLines(form)) lines.push({ label: "", text });
  if (!form.symptoms?.length) add(t("consult.symptom_other"), form.symptoms_other);
  if (!form.adverse_reaction?.present) add(t("consult.reaction_what"), form.adverse_reaction?.detail);
  if (!form.complication?.present) add(t("consult.complication_what"), form.complication?.detail);
  add(t("field.examinations"), form.examinations);
  add(
    t("medicine.told"),
    (form.medicines ?? []).map((m) => [m.name, m.dose].filter(Boolean).join(" ")).join(t("punct.list")),
  );
  for (const [field, text] of Object.entries(draft.habitTexts ?? {})) {
    const [habit, part] = habitOf(field as HabitField);
    add(t(HABIT_NAMES[habit]) + t("punct.paren", { text: t(PART_NAMES[part]) }), text);
  }
  add(t("proposal.reason"), draft.choice?.reason);
  add(t("field.diagnoses"), (draft.diagnoses ?? []).map((d) => d.name).join(t("punct.list")));
  add(t("consult.findings"), draft.findings);
  add(t("consult.note"), draft.note);
  add(t("consult.plan"), draft.plan);
  add(t("consult.next_visit"), draft.nextVisit);
  return lines;
}

const namedLines = (stored: object): Line[] =>
  Object.entries(stored)
    .filter(([, value]) => value !== "" && value !== null)
    .map(([label, value]) => ({ label, text: formValue(value) }));
