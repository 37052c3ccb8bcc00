// An act that waits a moment before it is sent, so that it can be undone instead of confirmed. Until then
// nothing is written, and nothing says that it was.
export const HOLD_MS = 6000;

export class Held<K> {
  /** What the act is about, while it can still be undone. */
  of = $state.raw<K | null>(null);
  private timer: number | null = null;

  constructor(private readonly send: (of: K) => Promise<void>) {}

  hold(of: K) {
    void this.flush();
    this.of = of;
    this.timer = window.setTimeout(() => void this.flush(), HOLD_MS);
  }

  undo() {
    this.stop();
    this.of = null;
  }

  /** Sends now what is still held: another act follows, or the page closes. */
  async flush(): Promise<void> {
    const of = this.of;
    this.stop();
    if (of === null) return;
    this.of = null;
    await this.send(of);
  }

  private stop() {
    if (this.timer !== null) window.clearTimeout(this.timer);
    this.timer = null;
  }
}
