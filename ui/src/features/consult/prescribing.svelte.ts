// The prescription being written in a visit: product, schedule, days, and what the checks say of it.
// Quantities and warnings are computed by the program; a refill asks the same checks first.
import { asError, call, type CommandError } from "../../ipc";
import { t } from "../../i18n/index.svelte";
import { shell } from "../../app/store.svelte";
import type {
  Allergy,
  Checked,
  DoseSchedule,
  MedicineView,
  PrescriptionOrder,
  ProductHit,
} from "../../types/generated";

interface Visit {
  patient: () => string;
  encounter: () => string;
  heads: () => string[];
  saved: (heads: string[]) => Promise<void>;
  added: (prescription: string) => void;
}

const CHECK_DELAY_MS = 120;
/** What a new prescription begins with; a refill keeps the days that it had. */
const ORDINARY_DAYS = 7;

export class Prescribing {
  open = $state(false);
  order = $state<PrescriptionOrder | null>(null);
  onHand = $state<number | null>(null);
  /** The product's place in the ATC classes; empty when it has none. */
  atc = $state("");
  checked = $state.raw<Checked | null>(null);
  reason = $state("");
  /** What was typed for the days and is no number of days; nothing is added before it is mended. */
  wrongDays = $state<string | null>(null);
  /** What was typed for the quantity and is no number; nothing is added before it is mended or emptied. */
  wrongQuantity = $state<string | null>(null);
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);
  private turn = 0;
  private timer: number | null = null;

  constructor(private readonly visit: Visit) {}

  /** Warnings that need a reason before going on. */
  get interrupting() {
    return this.checked?.warnings.filter((w) => w.interrupts) ?? [];
  }

  /** Said when to take it, by the pictures or in words. */
  get timed(): boolean {
    const timing = this.order?.timing;
    if (timing === undefined) return false;
    if (typeof timing === "string") return timing.trim() !== "";
    return Object.values(timing).some((quarters) => (quarters ?? 0) > 0);
  }

  get canAdd(): boolean {
    return (
      !!this.order &&
      this.wrongDays === null &&
      this.wrongQuantity === null &&
      this.timed &&
      !this.busy &&
      this.checked !== null &&
      (this.interrupting.length === 0 || this.reason.trim() !== "")
    );
  }

  start() {
    this.clear();
    this.open = true;
  }

  close() {
    this.open = false;
    this.clear();
  }

  clear() {
    this.turn++;
    this.order = null;
    this.onHand = null;
    this.atc = "";
    this.checked = null;
    this.reason = "";
    this.wrongDays = null;
    this.wrongQuantity = null;
    this.error = null;
  }

  pick(hit: ProductHit) {
    const p = hit.product;
    this.clear();
    this.onHand = hit.on_hand;
    this.atc = p.atc ?? "";
    this.order = {
      product: { id: p.id, name: p.generic_zh ?? "", unit: p.base_unit },
      strength: p.strength,
      route: p.route,
      timing: {},
      dose: "",
      days: ORDINARY_DAYS,
      quantity: null,
      remark: "",
    };
    this.changed();
  }

  setSlot(slot: keyof DoseSchedule, quarters: number) {
    if (!this.order || typeof this.order.timing === "string") return;
    this.order.timing = { ...this.order.timing, [slot]: Math.max(0, quarters) };
    this.order.quantity = null;
    this.changed();
  }

  set(change: Partial<PrescriptionOrder>) {
    if (!this.order) return;
    Object.assign(this.order, change);
    if (change.days !== undefined) this.wrongDays = null;
    if (change.quantity !== undefined) this.wrongQuantity = null;
    if (change.days !== undefined && typeof this.order.timing !== "string") this.order.quantity = null;
    this.changed();
  }

  /** Days as typed. How long a prescription may be is for the program to say. */
  typeDays(text: string) {
    const typed = text.normalize("NFKC").trim();
    const days = Number(typed);
    if (/^\d{1,3}$/.test(typed) && days > 0) this.set({ days });
    else this.wrongDays = text;
  }

  /** Quantity as typed: a number, or nothing where nobody says how many. What is neither stays to be mended. */
  typeQuantity(text: string) {
    const typed = text.normalize("NFKC").trim();
    if (typed === "") this.set({ quantity: null });
    else if (/^\d{1,9}$/.test(typed) && Number(typed) > 0) this.set({ quantity: Number(typed) });
    else this.wrongQuantity = text;
  }

  /** Asks the checks again a moment after the last change. */
  changed() {
    this.turn++;
    this.checked = null;
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.check(), CHECK_DELAY_MS);
  }

  async check(): Promise<Checked | null> {
    const order = this.order;
    if (!order) return null;
    const turn = ++this.turn;
    try {
      const checked = await call("prescription.check", {
        patient: this.visit.patient(),
        order: $state.snapshot(order),
      });
      if (turn !== this.turn) return null;
      this.checked = checked;
      this.error = null;
      return checked;
    } catch (cause) {
      if (turn === this.turn) this.error = asError(cause);
      return null;
    }
  }

  async add(): Promise<boolean> {
    if (!this.order || this.busy || this.wrongDays !== null || this.wrongQuantity !== null) return false;
    this.busy = true;
    try {
      const order = $state.snapshot(this.order);
      order.quantity ??= this.checked?.quantity ?? null;
      const answer = await call("prescription.add", {
        patient: this.visit.patient(),
        encounter: this.visit.encounter(),
        heads: this.visit.heads(),
        order,
        override_reason: this.reason.trim() || null,
        seen: this.interrupting.map((w) => w.key),
        prescription: null,
      });
      this.visit.added(answer.prescription);
      shell.toast(t("saved.prescribed", { name: order.product.name ?? "" }));
      await this.visit.saved(answer.saved.heads);
      this.clear();
      return true;
    } catch (cause) {
      const refused = asError(cause);
      // The reason was for what was shown; what came since is shown before anybody gives one for it.
      if (refused.code === "prescription.warnings_changed") {
        this.reason = "";
        await this.check();
      }
      this.error = refused;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The same again: added at once, unless a warning interrupts; then the panel opens on it. */
  async refill(medicines: MedicineView[]): Promise<void> {
    for (const m of medicines) {
      this.clear();
      this.order = { ...m.order, product: { ...m.order.product } };
      const checked = await this.check();
      if (!checked || this.interrupting.length > 0 || !(await this.add())) {
        this.open = true;
        return;
      }
    }
  }

  async stop(prescription: string, reason: string): Promise<boolean> {
    this.busy = true;
    this.error = null;
    try {
      const saved = await call("prescription.stop", {
        patient: this.visit.patient(),
        prescription,
        heads: this.visit.heads(),
        reason,
      });
      shell.toast(t("saved.stopped"));
      await this.visit.saved(saved.heads);
      return true;
    } catch (cause) {
      this.error = asError(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Allergies asked before the first prescription; the answer is saved and the checks run again. */
  async allergiesAsked(change: { no_known_allergies?: boolean; add_allergies?: Allergy[] }) {
    this.busy = true;
    this.error = null;
    try {
      const saved = await call("patient.update", {
        patient: this.visit.patient(),
        heads: this.visit.heads(),
        ...change,
      });
      shell.toast(t("saved.chart"));
      await this.visit.saved(saved.heads);
      this.changed();
      return true;
    } catch (cause) {
      this.error = asError(cause);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
