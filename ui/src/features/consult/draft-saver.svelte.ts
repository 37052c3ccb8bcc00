// Keeps what is typed: a moment after the last key the draft goes to the program, and "kept" is said only
// once it answered.
import { asError, call, type CommandError } from "../../ipc";
import type { SaveDraft } from "../../types/generated";

const DELAY_MS = 700;

export class DraftSaver {
  state = $state<"none" | "pending" | "kept" | "failed">("none");
  keptAt = $state<number | null>(null);
  error = $state.raw<CommandError | null>(null);
  private timer: number | null = null;
  private closed = false;
  private wanted = 0;

  constructor(private readonly input: () => SaveDraft | null) {}

  touch() {
    if (this.closed) return;
    this.state = "pending";
    this.wanted++;
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.flush(), DELAY_MS);
  }

  async flush(): Promise<void> {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
    const input = this.input();
    if (this.closed || !input || this.state === "none" || this.state === "kept") return;
    const turn = this.wanted;
    try {
      await call("visit.save_draft", input);
      if (turn !== this.wanted) return;
      this.state = "kept";
      this.keptAt = Date.now();
      this.error = null;
    } catch (cause) {
      this.state = "failed";
      this.error = asError(cause);
    }
  }

  /** The visit is signed: nothing is kept any more. */
  close() {
    this.closed = true;
    if (this.timer !== null) window.clearTimeout(this.timer);
  }
}
