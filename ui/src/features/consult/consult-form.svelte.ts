// The visit as it is being written. It holds what was typed and turns it into the record's shape; what it
// means (class, due date, limits) is the program's business.
import type {
  Attendee,
  BloodPressure,
  Diagnosis,
  Goal,
  HypertensionForm,
  Lifestyle,
  Proposal,
  Started,
  ToldMedicine,
  VisitContent,
} from "../../types/generated";
import {
  habitField,
  HABITS,
  habitText,
  parseHabit,
  type Habit,
  type HabitField,
  type HabitPart,
} from "./habit-fields";
import {
  askedAs,
  emptyTexts,
  findings,
  MAIN,
  MORE,
  parseBp,
  unfinished,
  vitalsOf,
  type Finding,
  type Texts,
  type VitalField,
} from "./vital-fields";

/** Why the visit can't be signed as it stands, and the field to go to. */
export type Obstacle =
  | { key: "obstacle.unfinished"; field: VitalField; text: string }
  | { key: "obstacle.unusual"; field: VitalField; text: string }
  | { key: "obstacle.glucose_kind"; field: "glucose" }
  | { key: "obstacle.habit"; habit: HabitField; text: string }
  | { key: "obstacle.class_unconfirmed" }
  | { key: "obstacle.class_changed" };

/** What of a proposal a decision rests on. */
type Basis = Pick<Proposal, "class" | "due" | "refer" | "urgent">;
const basisOf = ({ class: proposed, due, refer, urgent }: Proposal): Basis => ({
  class: proposed ?? null,
  due: due ?? null,
  refer,
  urgent,
});
export const sameBasis = (a: Basis | null, b: Basis | null): boolean =>
  a?.class === b?.class && a?.due === b?.due && a?.refer === b?.refer && a?.urgent === b?.urgent;

/** A class being chosen otherwise than proposed; it counts once it is confirmed. */
export interface ClassChoice {
  class: string;
  reason: string;
  next: string;
  /** The proposal that it was opened on. */
  basis: Basis;
}

export interface Draft {
  v: 1;
  attendee: Attendee;
  channel: string;
  reason: string;
  texts: Texts;
  readings: BloodPressure[];
  glucoseKind: string;
  /** Unusual values that a person said are right. */
  confirmed: string[];
  findings: string;
  note: string;
  plan: string;
  diagnoses: Diagnosis[];
  nextVisit: string;
  hypertension: boolean;
  form: HypertensionForm;
  /** What was typed about habits that is no number, or out of range. */
  habitTexts: Partial<Record<HabitField, string>>;
  /** The proposal that class and next visit were decided on. */
  basis: Basis | null;
  /** Open until it is confirmed or taken back. */
  choice: ClassChoice | null;
  /** The decision was withdrawn because the proposal changed; another has to be made. */
  reconfirm: boolean;
  /** The referral was written because the proposal asked for one. */
  referralProposed: boolean;
  prescriptions: string[];
}

export function emptyDraft(): Draft {
  return {
    v: 1,
    attendee: { kind: "person" },
    channel: "clinic",
    reason: "",
    texts: emptyTexts(),
    readings: [],
    glucoseKind: "",
    confirmed: [],
    findings: "",
    note: "",
    plan: "",
    diagnoses: [],
    nextVisit: "",
    hypertension: false,
    form: { lifestyle: {}, medicines: [] },
    habitTexts: {},
    basis: null,
    choice: null,
    reconfirm: false,
    referralProposed: false,
    prescriptions: [],
  };
}

export class ConsultForm {
  draft = $state<Draft>(emptyDraft());
  /** The site's limits of measured values, with version and sign-off; none before the visit is open. */
  ranges = $state.raw<Started["ranges"] | null>(null);

  /** What was typed before on this device, unless an other version of the form wrote it. */
  restore(stored: unknown): boolean {
    if (typeof stored !== "object" || stored === null || (stored as Draft).v !== 1) return false;
    const empty = emptyDraft();
    const from = stored as Draft;
    this.draft = { ...empty, ...from, texts: { ...empty.texts, ...from.texts } };
    return true;
  }

  get bp(): BloodPressure[] {
    return vitalsOf(this.draft.texts, this.draft.readings, this.draft.glucoseKind).bp ?? [];
  }

  /** The readings that the rules are asked about: a pressure that no body has is wrong or still being typed. */
  get possibleBp(): BloodPressure[] {
    const found = this.ranges ? findings(this.ranges.body, "bp", this.draft.texts.bp) : [];
    return found.some((f) => f.level === "hard") ? [...this.draft.readings] : this.bp;
  }

  /** What is unusual or impossible of all that was measured, kept readings too; each said once. */
  get odd(): (Finding & { at: VitalField })[] {
    const limits = this.ranges?.body;
    if (!limits) return [];
    const of = (at: VitalField, text: string) => findings(limits, at, text).map((f) => ({ ...f, at }));
    const { readings, texts } = this.draft;
    const all = [
      ...readings.flatMap((r) => of("bp", `${r.sys}/${r.dia}`)),
      ...[...MAIN, ...MORE].flatMap((at) => of(at, texts[at])),
    ];
    return all.filter((f, i) => all.findIndex((other) => askedAs(other) === askedAs(f)) === i);
  }

  /** Unusual values that nobody has said are right yet. */
  get unasked(): (Finding & { at: VitalField })[] {
    return this.odd.filter((f) => f.level === "soft" && !this.draft.confirmed.includes(askedAs(f)));
  }

  confirm(found: Finding) {
    this.draft.confirmed.push(askedAs(found));
  }

  /** The measured values that are unusual and right, as the program asks to be told. */
  get confirmedUnusual(): Finding["vital"][] {
    const sure = this.odd.filter((f) => f.level === "soft" && this.draft.confirmed.includes(askedAs(f)));
    return sure.map((f) => f.vital).filter((vital, i, all) => all.indexOf(vital) === i);
  }

  /** Keeps the reading and clears the field for the one after a rest. */
  repeatReading() {
    const current = parseBp(this.draft.texts.bp);
    if (!current) return;
    this.draft.readings.push(current);
    this.draft.texts.bp = "";
  }

  dropReading(index: number) {
    this.draft.readings.splice(index, 1);
  }

  toggleSymptom(symptom: string) {
    const now = this.draft.form.symptoms ?? [];
    let next: string[];
    if (now.includes(symptom)) next = now.filter((s) => s !== symptom);
    else if (symptom === "none") next = ["none"];
    else next = [...now.filter((s) => s !== "none"), symptom];
    this.draft.form.symptoms = next.length > 0 ? next : null;
  }

  /** Null says that there are none. What is taken back was not asked: an empty list means asked, and none. */
  toggleSign(sign: string | null) {
    const now = this.draft.form.emergency_signs;
    let next: string[];
    if (sign === null) next = [];
    else next = now?.includes(sign) ? now.filter((s) => s !== sign) : [...(now ?? []), sign];
    const takenBack = next.length === 0 && (sign !== null || now?.length === 0);
    this.draft.form.emergency_signs = takenBack ? null : next;
  }

  addDiagnosis(d: Diagnosis) {
    if (this.draft.diagnoses.some((x) => x.code === d.code && x.name === d.name)) return;
    this.draft.diagnoses.push(d);
  }

  adopt(proposal: Proposal) {
    this.decide(proposal, { class: proposal.class ?? "", reason: "", next: proposal.due ?? "" });
  }

  /** Opens the choice of another class, on what is decided or else proposed. */
  choose(proposal: Proposal) {
    const { form, nextVisit } = this.draft;
    this.draft.choice ??= {
      class: form.class || proposal.class || "",
      reason: form.class_reason ?? "",
      next: nextVisit || proposal.due || "",
      basis: basisOf(proposal),
    };
  }

  takeBackChoice() {
    this.draft.choice = null;
  }

  /** Something stands in the open choice that is not decided. */
  private get unconfirmed(): boolean {
    const { choice, form, nextVisit } = this.draft;
    return (
      !!choice &&
      (choice.class !== (form.class ?? "") ||
        choice.reason.trim() !== (form.class_reason ?? "") ||
        choice.next !== nextVisit)
    );
  }

  decide(proposal: Proposal, decision: { class: string; reason: string; next: string }) {
    this.draft.choice = null;
    const form = this.draft.form;
    form.class = decision.class;
    form.class_reason = decision.reason || null;
    this.draft.basis = basisOf(proposal);
    this.draft.reconfirm = false;
    if (decision.next) this.setNext(decision.next);
    this.name(proposal);
  }

  /**
   * Holds the decision against the newest proposal. One without a reason of the doctor's own belongs to the
   * proposal it was made on: when the program now proposes otherwise, or nothing, it is withdrawn. True when it was.
   */
  follow(proposal: Proposal | null): boolean {
    const { form, basis, choice } = this.draft;
    // What was offered for a change belongs to the proposal that it was opened on.
    if (proposal && choice && !sameBasis(choice.basis, basisOf(proposal))) {
      this.draft.reconfirm ||= this.unconfirmed;
      this.draft.choice = null;
    }
    const outdated =
      !!form.class && !form.class_reason && (!proposal || !basis || !sameBasis(basis, basisOf(proposal)));
    if (outdated) this.withdraw(proposal);
    if (proposal) this.name(proposal);
    return outdated;
  }

  private withdraw(proposal: Proposal | null) {
    const { form, basis } = this.draft;
    form.class = form.class_proposed = form.class_reason = form.rules_version = null;
    if (basis?.due && basis.due === this.draft.nextVisit) this.setNext("");
    if (this.draft.referralProposed && !proposal?.refer) this.refer(null, proposal);
    this.draft.basis = null;
    // Without a proposal there is nothing to decide on.
    this.draft.reconfirm = proposal !== null;
  }

  /** The record names the newest proposal beside a decision, and how urgent the rules find a referral. */
  private name(proposal: Proposal) {
    const form = this.draft.form;
    if (form.class) {
      form.class_proposed = proposal.class ?? null;
      form.rules_version = proposal.rules_version;
    }
    if (form.referral) form.referral.urgent = proposal.urgent;
  }

  /** Where to and why is the doctor's to say; how urgent is what the rules found. */
  refer(to: { reason: string; to: string } | null, proposal: Proposal | null) {
    const said = to && (to.reason || to.to) ? to : null;
    this.draft.form.referral = said && { ...said, urgent: !!proposal?.urgent };
    this.draft.referralProposed = !!said && (this.draft.referralProposed || !!proposal?.refer);
  }

  setNext(day: string) {
    this.draft.nextVisit = day;
    this.draft.form.next_visit = day || null;
  }

  /** Last time's habits count for today once a person said that they still hold. */
  confirmLifestyle(last: Lifestyle) {
    const keep = <G extends { confirmed_unchanged?: boolean }>(goal: G | null | undefined) =>
      goal ? { ...goal, confirmed_unchanged: true } : undefined;
    this.draft.form.lifestyle = {
      ...last,
      smoking: keep(last.smoking),
      drinking: keep(last.drinking),
      exercise_per_week: keep(last.exercise_per_week),
      exercise_minutes: keep(last.exercise_minutes),
      salt: keep(last.salt),
    };
  }

  /** What stands in a field of habits: what can't be recorded as it was typed, or the recorded number. */
  habitShown(habit: Habit, part: HabitPart): string {
    const wrong = this.draft.habitTexts[habitField(habit, part)];
    return wrong ?? habitText(habit, this.draft.form.lifestyle[habit]?.[part]);
  }

  /** Text that is no number is kept beside the record, whose value is then unknown. */
  setHabit(habit: Habit, part: HabitPart, text: string) {
    const value = parseHabit(habit, text);
    const { form, habitTexts } = this.draft;
    if (value === undefined) habitTexts[habitField(habit, part)] = text;
    else delete habitTexts[habitField(habit, part)];
    const goal: Goal = { ...form.lifestyle[habit], confirmed_unchanged: false, [part]: value ?? null };
    form.lifestyle[habit] = goal.current == null && goal.target == null ? null : goal;
  }

  private get wrongHabit(): HabitField | undefined {
    const wrong = this.draft.habitTexts;
    const fields = HABITS.flatMap((h) => [habitField(h, "current"), habitField(h, "target")]);
    return fields.find((field) => wrong[field] !== undefined);
  }

  /** Medicines from elsewhere: what was told before and still holds, or what is told now. */
  takes(medicine: ToldMedicine["medicine"]) {
    const list = (this.draft.form.medicines ??= []);
    if (!list.some((m) => m.name === medicine.name)) list.push({ ...medicine });
  }

  takesNoMore(name: string | undefined) {
    this.draft.form.medicines = (this.draft.form.medicines ?? []).filter((m) => m.name !== name);
  }

  /** What has to be finished or cleared before the signature, so that nothing typed is left out of it. */
  obstacle(): Obstacle | null {
    const { texts, glucoseKind } = this.draft;
    const field = unfinished(texts);
    if (field) return { key: "obstacle.unfinished", field, text: texts[field] };
    const unusual = this.unasked[0];
    if (unusual) return { key: "obstacle.unusual", field: unusual.at, text: unusual.value };
    if (texts.glucose !== "" && glucoseKind === "") return { key: "obstacle.glucose_kind", field: "glucose" };
    const habit = this.draft.hypertension && this.wrongHabit;
    if (habit) return { key: "obstacle.habit", habit, text: this.draft.habitTexts[habit] ?? "" };
    if (this.draft.hypertension && this.unconfirmed) return { key: "obstacle.class_unconfirmed" };
    if (this.draft.reconfirm) return { key: "obstacle.class_changed" };
    return null;
  }

  content(): VisitContent {
    const d = $state.snapshot(this.draft) as Draft;
    return {
      attendee: d.attendee,
      channel: d.channel,
      reason: d.reason.trim(),
      vitals: vitalsOf(d.texts, d.readings, d.glucoseKind),
      findings: d.findings.trim(),
      note: d.note.trim(),
      diagnoses: d.diagnoses,
      plan: d.plan.trim(),
      next_visit: d.nextVisit || null,
      hypertension: d.hypertension ? d.form : null,
      forms: [],
    };
  }
}
