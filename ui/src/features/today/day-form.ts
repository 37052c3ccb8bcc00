// What the small form of the day hands on, and who is named before the day is closed.
import type { DayView } from "../../types/generated";

export interface DayForm {
  date: string | null;
  odometer_km: number | null;
  village: string | null;
  leave_unsigned: boolean;
}

/** Whose turn or visit of the day is not ended or not signed: by name, or by number while nothing else is known. */
export function unfinishedOf(view: DayView): string[] {
  const called = view.line.filter((q) => q.state === "called");
  const begun = view.unsigned.filter((v) => v.today && !called.some((q) => q.patient === v.patient));
  return [...called.map((q) => q.hit?.name ?? q.number), ...begun.map((v) => v.hit?.name ?? v.patient)];
}
