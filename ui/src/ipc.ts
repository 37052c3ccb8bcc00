// The one door to the program: the command table. A page calls a command and shows the answer; nothing
// here decides anything.
import { invoke } from "@tauri-apps/api/core";
import { listen as hear } from "@tauri-apps/api/event";
import { coded, type Params } from "./i18n/index.svelte";
import type * as T from "./types/generated";

/** Name of a command → [input, output]. */
export interface Commands {
  "session.state": [T.Nothing, T.SessionState];
  "session.first_sign_in": [T.FirstSignIn, T.User];
  "session.sign_in": [T.SignIn, T.User];
  "session.sign_out": [T.Nothing, T.Done];
  "session.lock": [T.Nothing, T.Done];
  "device.enrol": [T.Enrol, T.Enrolled];
  "patient.search": [T.Search, T.SearchResult];
  "patient.register": [T.Register, T.Registered];
  "patient.get": [T.Get, T.Chart];
  "patient.update": [T.Update, T.Saved];
  "due.list": [T.DueList, T.Due];
  "visit.start": [T.Start, T.Started];
  "visit.save_draft": [T.SaveDraft, T.Done];
  "visit.sign": [T.Sign, T.Signed];
  "visit.addendum": [T.AddAddendum, T.Saved];
  "followup.hypertension": [T.Propose, T.Proposal];
  "diagnosis.search": [T.DiagnosisSearch, T.DiagnosisHits];
  "formulary.search": [T.FormularySearch, T.FormularyHits];
  "prescription.check": [T.Check, T.Checked];
  "prescription.add": [T.Add, T.Added];
  "prescription.stop": [T.Stop, T.Saved];
  "dispense.list": [T.List, T.Lines];
  "dispense.complete": [T.Complete, T.Completed];
  "stock.receive": [T.Receive, T.Moved];
  "stock.load": [T.Load, T.Moved];
  "stock.on_hand": [T.OnHand, T.OnHandRows];
  "day.get": [T.Nothing, T.DayView];
  "day.open": [T.Open, T.DayView];
  "day.arrive": [T.Arrive, T.DayView];
  "day.check_in": [T.CheckIn, T.DayView];
  "day.call_next": [T.CallNext, T.DayView];
  "day.finish": [T.Finish, T.DayView];
  "day.close": [T.Close, T.DayView];
  "conflict.list": [T.Nothing, T.Conflicts];
  "conflict.resolve": [T.Resolve, T.Saved];
  "sync.run": [T.Nothing, T.SyncReport];
  "sync.status": [T.Nothing, T.SyncStatus];
}
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
    if (error.code === "session.locked" || error.code === "session.not_signed_in") onSignedOut.run();
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
