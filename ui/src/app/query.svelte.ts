// A question to the program that a page keeps on screen. While it is asked again, the last answer stays;
// an answer that a newer question has overtaken is dropped.
import { asError, call, type Command, type CommandError, type Commands } from "../ipc";

export class Query<C extends Command> {
  data = $state.raw<Commands[C][1] | null>(null);
  error = $state.raw<CommandError | null>(null);
  asked = $state(false);
  private turn = 0;

  constructor(private readonly command: C) {}

  async ask(input: Commands[C][0]): Promise<void> {
    const turn = ++this.turn;
    try {
      const data = await call(this.command, input);
      if (turn !== this.turn) return;
      this.data = data;
      this.error = null;
    } catch (cause) {
      if (turn !== this.turn) return;
      this.error = asError(cause);
    } finally {
      if (turn === this.turn) this.asked = true;
    }
  }

  clear() {
    this.turn++;
    this.data = null;
    this.error = null;
    this.asked = false;
  }
}
