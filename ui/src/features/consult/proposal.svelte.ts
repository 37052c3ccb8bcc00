// Asks the rules for a class and a due date as the form fills. Only the newest question's answer is shown.
import { asError, call, type CommandError } from "../../ipc";
import type { Proposal, Propose } from "../../types/generated";

type Asked = Omit<Propose, "patient">;

export class ProposalAsker {
  answer = $state.raw<Proposal | null>(null);
  error = $state.raw<CommandError | null>(null);
  private turn = 0;
  private asked = "";
  private asking: Promise<void> = Promise.resolve();

  consider(patient: string, input: Asked | null) {
    // A sign that means "now" is judged without a pressure too.
    if (!input || (input.bp.length === 0 && !input.form.emergency_signs?.length)) {
      this.turn++;
      this.asked = "";
      this.answer = null;
      this.error = null;
      return;
    }
    // The decision itself is no ground for a new proposal.
    const {
      class: _c,
      class_proposed: _p,
      class_reason: _r,
      rules_version: _v,
      next_visit: _n,
      referral: _f,
      ...rest
    } = input.form;
    const key = JSON.stringify([patient, input.bp, input.attendee, input.channel, rest]);
    if (key === this.asked) return;
    this.asked = key;
    this.asking = this.ask(patient, input);
  }

  /** Once the newest question is answered. */
  async settled(): Promise<void> {
    let last;
    do {
      last = this.asking;
      await last;
    } while (last !== this.asking);
  }

  private async ask(patient: string, input: Asked) {
    const turn = ++this.turn;
    try {
      const answer = await call("followup.hypertension", { patient, ...input });
      if (turn !== this.turn) return;
      this.answer = answer;
      this.error = null;
    } catch (cause) {
      if (turn !== this.turn) return;
      this.answer = null;
      this.error = asError(cause);
    }
  }
}
