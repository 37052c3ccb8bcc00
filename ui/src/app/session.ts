// Comings and goings of the person at work, and what runs in the background of the open window.
import { call, listen, onSignedOut, type Area } from "../ipc";
import type { User } from "../types/generated";
import { shell } from "./store.svelte";

export const IDLE_MS = 10 * 60_000;

export async function loadSession() {
  const was = shell.session?.screen;
  const session = await call("session.state", {});
  if (was === "open" && session.screen !== "open") leave();
  shell.session = session;
}

export async function entered(user: User) {
  await loadSession();
  if (shell.session && !shell.session.user) shell.session.user = user;
  shell.openHome();
  void refreshBackground();
}

/** Locks: what is typed is kept as a draft first, then the screen shows no patient. */
export async function lock() {
  try {
    await shell.saveDrafts();
  } finally {
    await call("session.lock", {});
    leave();
    await loadSession();
  }
}

function leave() {
  shell.banner = null;
  shell.sync = null;
  shell.day = null;
  shell.search = "";
  shell.conflicts = 0;
  shell.toasts = [];
}

export async function refreshBackground() {
  const jobs: Promise<unknown>[] = [];
  if (shell.can("sync.status")) jobs.push(call("sync.status", {}).then((s) => (shell.sync = s)));
  if (shell.can("day.get")) jobs.push(call("day.get", {}).then((d) => (shell.day = d)));
  if (shell.can("conflict.list")) {
    jobs.push(call("conflict.list", {}).then((c) => (shell.conflicts = c.conflicts.length)));
  }
  // The light and the badge keep their last state when a question fails; the pages show their own errors.
  await Promise.allSettled(jobs);
}

// The program locks by itself too (a revoked device, an ended lease): the window follows it.
onSignedOut.run = () => {
  if (shell.session?.screen !== "open") return;
  leave();
  followSession();
};

/** The last state stays on screen when the program does not answer; the next act says so. */
function followSession() {
  void loadSession().catch(() => undefined);
}

function heard(areas: Area[]) {
  if (areas.includes("session")) followSession();
  if (shell.session?.screen !== "open") return;
  shell.changed(areas);
  void refreshBackground();
}

/** Listens to the program and to idleness. Returns what ends it. */
export function watch(): () => void {
  const off = listen(heard);
  let last = Date.now();
  const awake = () => {
    last = Date.now();
  };
  const signs = ["pointerdown", "keydown", "wheel"] as const;
  for (const sign of signs) window.addEventListener(sign, awake, { passive: true, capture: true });
  const clock = window.setInterval(() => {
    shell.now = Date.now();
    if (shell.session?.screen === "open" && Date.now() - last >= IDLE_MS) void lock();
  }, 20_000);
  return () => {
    for (const sign of signs) window.removeEventListener(sign, awake, { capture: true });
    window.clearInterval(clock);
    off();
  };
}
