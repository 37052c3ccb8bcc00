// How the numbers of habits are typed: what a field takes and what the record holds. Text that is no such number
// stays in its field until it is mended; it is never rounded or dropped.
import type { Lifestyle } from "../../types/generated";

export type Habit = keyof Pick<Lifestyle, "smoking" | "drinking" | "exercise_per_week" | "exercise_minutes">;
export type HabitPart = "current" | "target";
export type HabitField = `${Habit}.${HabitPart}`;

/** What a typed unit is worth in the unit of the record (tenths of a liang), and the most that a field takes. */
const RULES: Record<Habit, { scale: number; max: number }> = {
  smoking: { scale: 1, max: 999 },
  drinking: { scale: 10, max: 99.9 },
  exercise_per_week: { scale: 1, max: 999 },
  exercise_minutes: { scale: 1, max: 999 },
};
export const HABITS = Object.keys(RULES) as Habit[];

export const habitField = (habit: Habit, part: HabitPart): HabitField => `${habit}.${part}`;
export const habitOf = (field: HabitField) => field.split(".") as [Habit, HabitPart];
/** The field's name in the page. */
export const habitId = (habit: Habit, part: HabitPart) => (part === "target" ? `${habit}-target` : habit);
export const habitMax = (habit: Habit) => RULES[habit].max;
export const isWhole = (habit: Habit) => RULES[habit].scale === 1;

/** The record's number, null for an empty field, undefined for what is no number or out of range. */
export function parseHabit(habit: Habit, text: string): number | null | undefined {
  const { scale, max } = RULES[habit];
  const typed = text.normalize("NFKC").trim();
  if (typed === "") return null;
  if (!(scale === 1 ? /^\d+$/ : /^\d+(\.\d)?$/).test(typed) || Number(typed) > max) return undefined;
  return Math.round(Number(typed) * scale);
}

export const habitText = (habit: Habit, value: number | null | undefined) =>
  value == null ? "" : String(value / RULES[habit].scale);
