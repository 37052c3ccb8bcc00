// One act of a person: runs once at a time, keeps its refusal for the screen. A "saved" notice comes only
// out of the command's own answer.
import { asError, type CommandError } from "../ipc";

export class Act {
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);

  async run<R>(work: () => Promise<R>): Promise<R | null> {
    if (this.busy) return null;
    this.busy = true;
    this.error = null;
    try {
      return await work();
    } catch (cause) {
      this.error = asError(cause);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
