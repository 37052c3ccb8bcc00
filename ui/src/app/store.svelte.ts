// What the frame knows: who is at work, which page is open, whose chart, and the small notices.
// It never holds clinical data beyond the banner that must stay on screen.
import type { Area } from "../ipc";
import type { Banner, DayView, SessionState, SyncStatus } from "../types/generated";

export type Page =
  | { name: "today" }
  | { name: "patients"; query?: string; register?: string }
  | { name: "chart"; patient: string }
  | { name: "consult"; patient: string; entry?: string; encounter?: string; older?: boolean }
  | { name: "pharmacy"; patient?: string }
  | { name: "stock" }
  | { name: "sync"; tab?: "conflicts" };

export interface Toast {
  id: number;
  kind: "good" | "warn";
  text: string;
}

class Shell {
  session = $state<SessionState | null>(null);
  page = $state<Page>({ name: "today" });
  banner = $state<Banner | null>(null);
  sync = $state<SyncStatus | null>(null);
  conflicts = $state(0);
  /** The vehicle's day as last answered: the top bar names its stop. */
  day = $state.raw<DayView | null>(null);
  /** What stands in the one search field. */
  search = $state("");
  toasts = $state<Toast[]>([]);
  /** Rises for an area whenever something in it changed outside of this window. */
  private news = $state<Record<Area, number>>({ sync: 0, day: 0, patient: 0, stock: 0, session: 0 });
  /** Clock of the window, one tick every 20 s, for waiting times. */
  now = $state(Date.now());
  /** Run before the screen locks, so that nothing typed is lost. */
  private beforeLock = new Set<() => Promise<void>>();
  private history: Page[] = [];
  private nextToast = 1;

  /** Read in an effect: it runs again when something in these areas changed. */
  follow(...areas: Area[]): number {
    return areas.reduce((sum, area) => sum + this.news[area], 0);
  }

  changed(areas: readonly Area[]) {
    for (const area of areas) this.news[area]++;
  }

  get user() {
    return this.session?.user ?? null;
  }

  can(command: string): boolean {
    return this.user?.commands.includes(command) ?? false;
  }

  go(page: Page) {
    this.history.push($state.snapshot(this.page));
    if (this.history.length > 30) this.history.shift();
    this.page = page;
  }

  back() {
    this.page = this.history.pop() ?? this.home();
  }

  replace(page: Page) {
    this.page = page;
  }

  /** A vehicle's day, on a device that belongs to one. */
  get hasDay(): boolean {
    return this.can("day.get") && !!this.session?.vehicle;
  }

  /** The role's own page opens first. */
  home(): Page {
    const roles = this.user?.roles ?? [];
    if (roles.includes("pharmacist") && this.can("dispense.list")) return { name: "pharmacy" };
    if (this.hasDay) return { name: "today" };
    if (this.can("patient.search")) return { name: "patients" };
    if (this.can("stock.on_hand")) return { name: "stock" };
    return { name: "sync" };
  }

  openHome() {
    this.history = [];
    this.banner = null;
    this.page = this.home();
  }

  toast(text: string, kind: Toast["kind"] = "good") {
    const id = this.nextToast++;
    // One "saved" at a time: the newest says enough.
    if (kind === "good") this.toasts = this.toasts.filter((x) => x.kind !== "good");
    this.toasts.push({ id, kind, text });
    window.setTimeout(() => this.dismiss(id), kind === "good" ? 3500 : 9000);
  }

  dismiss(id: number) {
    this.toasts = this.toasts.filter((t) => t.id !== id);
  }

  onLock(save: () => Promise<void>): () => void {
    this.beforeLock.add(save);
    return () => this.beforeLock.delete(save);
  }

  async saveDrafts() {
    await Promise.all([...this.beforeLock].map((save) => save()));
  }
}

export const shell = new Shell();
