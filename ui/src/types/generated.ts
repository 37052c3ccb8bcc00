// Input and output of the command table, as the program's schemas describe them. Written by the schema
// generator; do not edit by hand.
/* eslint-disable */

export type Heads = string[];
export type Uuid = string;
export type PatientId = Uuid;
export type EncounterId = Uuid;
export type PrescriptionId = Uuid;
export type AllergyId = Uuid;
export type ProblemId = Uuid;
export type EnrolmentId = Uuid;
export type QueueEntryId = Uuid;
export type StaffId = Uuid;
export type VillageId = Uuid;
export type VehicleId = Uuid;
export type ProductId = Uuid;
export type MovementId = Uuid;
export type DispenseId = Uuid;
export type SignatureId = Uuid;
/** YYYY-MM-DD */
export type Date = string;

export interface Nothing {}
export interface Done {
  done: boolean;
}
export interface Saved {
  saved_at: number;
  heads: Heads;
}

// ---- domain -------------------------------------------------------------------------------------------
export type Icd10 = string;
export type PersonName = string;
export type Phone = string;
export type Address = string;
export type IdNumber = string;
export type HealthRecordNumber = string;
export type PartialDate = string;
export type Expiry = string;
export type Place = string;
export type BaseUnits = number;
export type Mmhg = number;
export type Pulse = number;
export type TemperatureDeci = number;
export type WeightGrams = number;
export type HeightMm = number;
export type WaistMm = number;
export type GlucoseReading = number | MeterLimit;
export type Timing = DoseSchedule | string;
export type AllergyState = { state: "listed" } | { state: "none_known"; by: StaffId; at: number } | { state: "never_asked" };
export type SignOff = { state: "unsigned" } | { state: "signed"; by: string; at: Date };
export interface Allergy {
  substance?: string;
  substance_code?: string | null;
  reaction?: string | null;
  severity?: Severity | null;
  status?: RecordStatus;
  status_reason?: string | null;
}
export type Severity = string;
export type RecordStatus = string;
export interface LunarDate {
  year: number;
  month: number;
  day: number;
  leap?: boolean;
}
export interface DueReason {
  code: string;
  params?: Record<string, unknown>;
}
export interface DueItem {
  patient: PatientId;
  programme: Programme;
  due_date: Date;
  overdue_days: number;
  urgency: Urgency;
  reason: DueReason;
}
export type Urgency = string;
export type IdentityProof = string;
export interface Attendee {
  kind?: AttendeeKind;
  name?: PersonName | null;
  relation?: string | null;
  phone?: Phone | null;
}
export interface Encounter {
  patient?: PatientId;
  opened_at?: number;
  village?: VillageId | null;
  attendee?: Attendee;
  channel?: Channel;
  reason?: string;
  vitals?: Vitals;
  findings?: string;
  note?: string;
  diagnoses?: Diagnosis[];
  plan?: string;
  next_visit?: Date | null;
}
export type AmendmentState = "unsigned" | "signed" | "amended_unsigned" | "signatures_conflict";
export type AttendeeKind = string;
export type Channel = string;
export interface BpTarget {
  sys_below: Mmhg;
  dia_below: Mmhg;
  version: string;
}
export interface Enrolment {
  programme: Programme;
  since: Date;
  status?: RecordStatus;
  risk?: RiskLevel | null;
  target?: BpTarget | null;
  first_due?: Date | null;
}
export type Programme = string;
export type RiskLevel = string;
export interface Product {
  id?: ProductId;
  generic_zh?: string;
  generic_en?: string | null;
  atc?: string | null;
  strength?: string;
  form?: string;
  base_unit?: string;
  pack_size?: number;
  pack_unit?: string;
  route?: Route;
  prescription_only?: boolean;
  controlled?: boolean;
  aliases?: string[];
}
export interface ProductRef {
  id?: ProductId | null;
  name: string;
  unit?: string;
}
export interface DoseSchedule {
  morning?: number;
  noon?: number;
  evening?: number;
  bedtime?: number;
}
export interface PrescriptionOrder {
  product: ProductRef;
  strength?: string;
  route?: Route;
  timing: Timing;
  dose?: string;
  days: number;
  quantity?: BaseUnits | null;
  remark?: string;
}
export type Route = string;
export interface BirthDate {
  date: Date;
  lunar?: LunarDate | null;
}
export interface Demographics {
  name?: PersonName;
  sex?: Sex;
  birth_date?: BirthDate | null;
  id_number?: IdNumber | null;
  health_record_number?: HealthRecordNumber | null;
  phone?: Phone | null;
  village?: VillageId | null;
  address?: Address | null;
  household_head?: PersonName | null;
  blood_group?: BloodGroup | null;
}
export type Sex = string;
export type BloodGroup = string;
export interface Problem {
  code: Icd10;
  name: string;
  since?: PartialDate | null;
  status?: RecordStatus;
  status_reason?: string | null;
}
export interface Diagnosis {
  code: Icd10;
  name: string;
}
export interface Village {
  id: VillageId;
  name: string;
  township: string;
  groups?: number | null;
}
export interface Vehicle {
  id: VehicleId;
  plate: string;
  name: string;
}
export type Role = string;
export interface Lot {
  product: ProductRef;
  lot_number: string;
  expiry: Expiry;
}
export type MovementKind = string;
export type QueueState = "waiting" | "called" | "done" | "left";
export type Station = string;
export type QueueOutcome = string;
export interface BloodPressure {
  sys: Mmhg;
  dia: Mmhg;
  at?: number | null;
}
export interface Glucose {
  value: GlucoseReading;
  kind?: GlucoseKind;
}
export interface Vitals {
  bp?: BloodPressure[];
  pulse?: Pulse | null;
  weight?: WeightGrams | null;
  height?: HeightMm | null;
  temperature?: TemperatureDeci | null;
  glucose?: Glucose | null;
  waist?: WaistMm | null;
}
export type GlucoseKind = string;
export type MeterLimit = string;
export interface GenericForm {
  template?: string;
  fields?: Record<string, unknown>;
}
export interface Goal {
  current?: number | null;
  target?: number | null;
  confirmed_unchanged?: boolean;
}
export interface SaltGoal {
  current?: SaltLevel | null;
  target?: SaltLevel | null;
  confirmed_unchanged?: boolean;
}
export interface Lifestyle {
  smoking?: Goal | null;
  drinking?: Goal | null;
  exercise_per_week?: Goal | null;
  exercise_minutes?: Goal | null;
  salt?: SaltGoal | null;
  psychological?: Rating | null;
  compliance?: Rating | null;
}
export interface AdverseReaction {
  present?: boolean;
  detail?: string | null;
  hard_to_control?: boolean;
}
export interface Complication {
  present?: boolean;
  detail?: string | null;
}
export interface FormMedicine {
  name?: string;
  times_per_day?: number | null;
  dose?: string;
}
export interface Referral {
  reason?: string;
  to?: string;
  urgent?: boolean;
}
export interface HypertensionForm {
  symptoms?: Symptom[] | null;
  symptoms_other?: string | null;
  emergency_signs?: EmergencySign[] | null;
  weight_target?: WeightGrams | null;
  bmi_target?: number | null;
  signs_other?: string | null;
  lifestyle: Lifestyle;
  examinations?: string | null;
  adherence?: Adherence | null;
  adverse_reaction?: AdverseReaction | null;
  complication?: Complication | null;
  class?: FollowupClass | null;
  class_proposed?: FollowupClass | null;
  class_reason?: string | null;
  rules_version?: string | null;
  medicines?: FormMedicine[];
  referral?: Referral | null;
  next_visit?: Date | null;
}
export type Symptom = string;
export type EmergencySign = string;
export type Adherence = string;
export type Rating = string;
export type SaltLevel = string;
export type FollowupClass = string;
export interface RuleHit {
  rule: string;
  params: Record<string, unknown>;
  clause: string;
}
export interface Proposal {
  class?: FollowupClass | null;
  reasons: RuleHit[];
  due?: Date | null;
  urgent: boolean;
  refer: boolean;
  repeat_reading: boolean;
  pressure?: BloodPressure | null;
  target: BpTarget;
  not_checked: string[];
  rules_version: string;
  sign_off: SignOff;
}
// ---- commands -----------------------------------------------------------------------------------------
export interface ConflictValue {
  value: unknown;
  by?: string | null;
  device?: string | null;
  at?: number | null;
}
export interface ConflictView {
  doc: string;
  doc_type: string;
  patient?: PatientHit | null;
  section: string;
  record: string;
  field: string;
  values: ConflictValue[];
  heads: Heads;
}
export interface Conflicts {
  conflicts: ConflictView[];
}
export interface Resolve {
  doc: string;
  section: string;
  record: string;
  field: string;
  heads: Heads;
  value: unknown;
}
export interface Open {
  date?: Date | null;
  odometer_km?: number | null;
}
export interface Arrive {
  village: VillageId;
  odometer_km?: number | null;
}
export interface CheckIn {
  patient: PatientId;
  reason?: string;
  station: Station;
  urgent?: boolean;
}
export interface CallNext {
  entry?: QueueEntryId | null;
  station?: Station | null;
}
export interface Finish {
  entry: QueueEntryId;
  outcome: QueueOutcome;
}
export interface Close {
  odometer_km?: number | null;
}
export interface QueueView {
  entry: QueueEntryId;
  number: string;
  hit: PatientHit;
  reason: string;
  station: Station;
  urgent: boolean;
  state: QueueState;
  since: number;
  called_by: string[];
  double_called: boolean;
}
export interface DayView {
  date: Date;
  open: boolean;
  closed: boolean;
  vehicle?: Vehicle | null;
  stop?: StopView | null;
  line: QueueView[];
  seen: number;
  waiting: number;
  called?: QueueEntryId | null;
  villages: Village[];
  clock_implausible: boolean;
}
export interface StopView {
  village: Village;
  arrived_at: number;
  odometer_km?: number | null;
}
export interface Enrol {
  code: string;
}
export interface Enrolled {
  site_name: string;
  device_name: string;
}
export interface List {
  patient?: PatientId | null;
}
export interface LotPick {
  lot: Lot;
  qty: number;
  on_hand: number;
  expired: boolean;
}
export interface DispenseItem {
  prescription: PrescriptionId;
  order: PrescriptionOrder;
  at: number;
  prescriber: string;
  remaining?: number | null;
  picks: LotPick[];
  short: number;
}
export interface DispenseLine {
  banner: Banner;
  heads: Heads;
  items: DispenseItem[];
  since: number;
}
export interface Lines {
  lines: DispenseLine[];
}
export interface Handed {
  prescription: PrescriptionId;
  picks: Picked[];
}
export interface Picked {
  lot: Lot;
  qty: number;
  reason?: string | null;
  movement?: MovementId | null;
}
export interface Identity {
  receiver: Attendee;
  confirmed_by: IdentityProof;
}
export interface Complete {
  patient: PatientId;
  heads: Heads;
  items: Handed[];
  identity: Identity;
}
export interface Completed {
  dispenses: DispenseId[];
  saved: Saved;
  below_zero: string[];
}
export interface PatientHit {
  patient: PatientId;
  name: string;
  sex: Sex;
  age?: number | null;
  birth_date?: Date | null;
  id_tail?: string | null;
  phone_tail?: string | null;
  village?: string | null;
  household_head?: string | null;
  last_visit?: Date | null;
  namesake: boolean;
}
export interface Search {
  query: string;
  limit?: number | null;
}
export interface SearchResult {
  hits: PatientHit[];
}
export interface Register {
  name: string;
  sex: Sex;
  birth_date?: Date | null;
  id_number?: string | null;
  phone?: string | null;
  village?: VillageId | null;
  address?: string | null;
  household_head?: string | null;
  not_a_duplicate?: boolean;
  patient?: PatientId | null;
}
export interface Registered {
  patient?: PatientId | null;
  saved?: Saved | null;
  duplicates: PatientHit[];
}
export interface Get {
  patient: PatientId;
}
export interface AllergyView {
  id: AllergyId;
  allergy: Allergy;
}
export interface ProblemView {
  id: ProblemId;
  problem: Problem;
}
export interface EnrolmentView {
  id: EnrolmentId;
  enrolment: Enrolment;
  due?: Date | null;
}
export interface Banner {
  hit: PatientHit;
  allergies: AllergyState;
  listed: AllergyView[];
  tags: string[];
  conflicts: number;
  namesakes: number;
}
export interface ToldMedicine {
  medicine: FormMedicine;
  asked_at: number;
}
export interface MedicineView {
  prescription: PrescriptionId;
  encounter: EncounterId;
  order: PrescriptionOrder;
  at: number;
  prescriber: string;
  dispensed: number;
  days_left?: number | null;
}
export interface VisitView {
  encounter: EncounterId;
  at: number;
  clinician: string;
  content: Encounter;
  hypertension?: HypertensionForm | null;
  forms: GenericForm[];
  signed: boolean;
  amended_unsigned: boolean;
  signatures: number;
  addenda: AddendumView[];
}
export interface AddendumView {
  text: string;
  at: number;
  by: string;
}
export interface DispensingView {
  at: number;
  product: string;
  qty: number;
  unit: string;
  by: string;
  receiver: string;
}
export interface BpPoint {
  at: number;
  sys: number;
  dia: number;
}
export interface Chart {
  banner: Banner;
  heads: Heads;
  demographics: Demographics;
  village?: VillageId | null;
  problems: ProblemView[];
  enrolments: EnrolmentView[];
  medicines: MedicineView[];
  told: ToldMedicine[];
  visits: VisitView[];
  dispensings: DispensingView[];
  bp: BpPoint[];
  target?: BpTarget | null;
  conflicts: ConflictView[];
}
export interface Update {
  patient?: PatientId;
  heads?: Heads;
  name?: string | null;
  sex?: Sex | null;
  birth_date?: Date | null;
  id_number?: string | null;
  phone?: string | null;
  village?: VillageId | null;
  address?: string | null;
  household_head?: string | null;
  blood_group?: BloodGroup | null;
  add_allergies?: Allergy[];
  retract_allergies?: Retract<AllergyId>[];
  no_known_allergies?: boolean | null;
  add_problems?: Problem[];
  retract_problems?: Retract<ProblemId>[];
  add_enrolments?: Enrolment[];
}
export interface Retract<Id> {
  id: Id;
  status: RecordStatus;
  reason: string;
}
export interface DueList {
  village?: VillageId | null;
}
export interface DueView {
  hit: PatientHit;
  phone?: string | null;
  due: DueItem;
  last_bp?: BloodPressure | null;
  checked_in: boolean;
}
export interface Due {
  items: DueView[];
}
export interface FormularySearch {
  query: string;
}
export interface ProductHit {
  product: Product;
  on_hand: number;
}
export interface FormularyHits {
  hits: ProductHit[];
  version: string;
  sign_off: SignOff;
}
export interface Warning {
  code: string;
  interrupts: boolean;
  params: Record<string, unknown>;
}
export interface Check {
  patient: PatientId;
  order: PrescriptionOrder;
}
export interface Checked {
  warnings: Warning[];
  not_checked: string[];
  rules_version: string;
  sign_off: SignOff;
  quantity?: number | null;
}
export interface Add {
  patient: PatientId;
  encounter: EncounterId;
  heads: Heads;
  order: PrescriptionOrder;
  override_reason?: string | null;
  prescription?: PrescriptionId | null;
}
export interface Added {
  prescription: PrescriptionId;
  saved: Saved;
}
export interface Stop {
  patient: PatientId;
  prescription: PrescriptionId;
  heads: Heads;
  reason: string;
}
export interface SessionState {
  screen: Screen;
  site_name?: string | null;
  device_name?: string | null;
  device_letter?: string | null;
  vehicle?: string | null;
  staff: StaffTile[];
  user?: User | null;
  weak_device_secret: boolean;
  version: string;
}
export interface StaffTile {
  staff: StaffId;
  name: string;
  roles: Role[];
  has_pin: boolean;
  wait_until?: number | null;
  wrong_attempts: number;
}
export interface User {
  staff: StaffId;
  name: string;
  roles: Role[];
  commands: string[];
}
export interface FirstSignIn {
  staff: StaffId;
  password: string;
  new_pin: string;
}
export interface SignIn {
  staff: StaffId;
  pin: string;
}
export type Screen = "enrol" | "locked" | "open";
export interface StockLine {
  product: ProductRef;
  lot_number: string;
  expiry: Expiry;
  qty: number;
}
export interface Receive {
  lines: StockLine[];
  onto_vehicle?: boolean;
}
export interface Load {
  lines: StockLine[];
  vehicle?: VehicleId | null;
}
export interface Moved {
  movements: MovementId[];
  saved: Saved;
}
export interface OnHand {
  query?: string | null;
  center_store?: boolean;
}
export interface OnHandRow {
  product: Product;
  lot: Lot;
  qty: number;
  expired: boolean;
  expiring: boolean;
}
export interface OnHandRows {
  rows: OnHandRow[];
  place: Place;
}
export interface SyncProblem {
  code: string;
  params: Record<string, unknown>;
  at: number;
}
export interface SyncStatus {
  light: SyncLight;
  waiting_commits: number;
  waiting_bytes: number;
  last_exchange?: number | null;
  problem?: SyncProblem | null;
  held: number;
  entries: number;
  center?: string | null;
  history: Exchange[];
  devices: DeviceView[];
}
export interface Exchange {
  at: number;
  sent: number;
  received: number;
  problem?: string | null;
}
export interface DeviceView {
  device: string;
  name: string;
  vehicle?: string | null;
  this: boolean;
  last_entry?: number | null;
  revoked: boolean;
}
export interface SyncReport {
  sent: number;
  received: number;
  status: SyncStatus;
}
export type SyncLight = "at_center" | "on_its_way" | "saved_here" | "needs_care";
export interface Start {
  patient: PatientId;
  entry?: QueueEntryId | null;
  encounter?: EncounterId | null;
}
export interface Started {
  encounter: EncounterId;
  opened_at: number;
  heads: Heads;
  draft?: unknown | null;
  chart: Chart;
  ranges: Ranges;
}
export interface VitalRange {
  hard_min: number;
  hard_max: number;
  soft_min: number;
  soft_max: number;
}
export interface VitalRanges {
  systolic: VitalRange;
  diastolic: VitalRange;
  pulse: VitalRange;
  temperature: VitalRange;
  weight: VitalRange;
  height: VitalRange;
  waist: VitalRange;
  glucose: VitalRange;
  max_bp_readings: number;
}
export interface Ranges {
  body: VitalRanges;
  version: string;
  sign_off: SignOff;
}
export interface SaveDraft {
  patient: PatientId;
  encounter: EncounterId;
  opened_at: number;
  heads: Heads;
  draft: unknown;
}
export interface VisitContent {
  attendee?: Attendee;
  channel?: Channel;
  reason?: string;
  vitals?: Vitals;
  findings?: string;
  note?: string;
  diagnoses?: Diagnosis[];
  plan?: string;
  next_visit?: Date | null;
  hypertension?: HypertensionForm | null;
  forms?: GenericForm[];
}
export interface Sign {
  patient: PatientId;
  encounter: EncounterId;
  opened_at: number;
  heads: Heads;
  content: VisitContent;
  entry?: QueueEntryId | null;
}
export interface Signed {
  signature: SignatureId;
  saved: Saved;
}
export interface AddAddendum {
  patient: PatientId;
  encounter: EncounterId;
  heads: Heads;
  text: string;
}
export interface Propose {
  patient: PatientId;
  bp: BloodPressure[];
  form: HypertensionForm;
}
export interface DiagnosisSearch {
  query: string;
}
export interface DiagnosisHits {
  hits: Diagnosis[];
}
