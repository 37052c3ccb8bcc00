// The names of the fields of habits.
import type { Key } from "../../i18n/index.svelte";
import type { Habit, HabitPart } from "./habit-fields";

export const HABIT_NAMES: Record<Habit, Key> = {
  smoking: "life.f_smoking",
  drinking: "life.f_drinking",
  exercise_per_week: "life.f_per_week",
  exercise_minutes: "life.f_minutes",
};
export const PART_NAMES: Record<HabitPart, Key> = { current: "life.current", target: "life.target" };
