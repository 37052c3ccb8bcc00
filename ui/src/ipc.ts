// The one door to the program: the command table. A page calls a command and shows the answer; nothing
// here decides anything.
import { invoke } from "@tauri-apps/api/core";
import { listen as hear } from "@tauri-apps/api/event";
import { coded, type Params } from "./i18n/index.svelte";
import type { Commands } from "./types/generated";

export type { Commands };
export type Command = keyof Commands;

/** Why a command was refused: a stable code and values for its text. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    readonly params: Params,
  ) {
    super(code);
  }

  /** What happened, what is safe and what to do, in the chosen language. */
  get text(): string {
    return coded("errors", this.code, this.params, "errors.unknown");
  }
}

export function asError(cause: unknown): CommandError {
  if (cause instanceof CommandError) return cause;
  if (typeof cause === "object" && cause !== null && "code" in cause) {
    const { code, params } = cause as { code: unknown; params?: unknown };
    return new CommandError(String(code), typeof params === "object" && params ? (params as Params) : {});
  }
  return new CommandError("window.unreachable", {});
}

/** What to do when the program says that nobody is signed in any more: set by the session. */
export const onSignedOut: { run: () => void } = { run: () => undefined };

export async function call<C extends Command>(command: C, input: Commands[C][0]): Promise<Commands[C][1]> {
  try {
    return await invoke<Commands[C][1]>("invoke_command", { command, input });
  } catch (cause) {
    const error = asError(cause);
    if (error.code === "session.not_signed_in") onSignedOut.run();
    throw error;
  }
}

/** What the program says has changed: an exchange brought news, or it locked by itself. */
export const AREAS = ["sync", "day", "patient", "stock", "session"] as const;
export type Area = (typeof AREAS)[number];
export const CHANGED = "xunyi:changed";

/** Hears what changed outside of this window's own acts. Returns what ends it. */
export function listen(run: (areas: Area[]) => void): () => void {
  const off = hear<{ areas?: string[] } | null>(CHANGED, (event) => {
    // An area that a newer program names changes nothing that this window shows.
    const areas = AREAS.filter((area) => event.payload?.areas?.includes(area));
    if (areas.length > 0) run(areas);
  });
  return () => void off.then((end) => end());
}
