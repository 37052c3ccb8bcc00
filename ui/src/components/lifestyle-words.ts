// Habits in words.
import { code, t } from "../i18n/index.svelte";
import type { Lifestyle } from "../types/generated";

export function lifestyleParts(l: Lifestyle): string[] {
  const parts: string[] = [];
  const smoke = l.smoking?.current;
  const drink = l.drinking?.current;
  if (smoke != null) parts.push(smoke === 0 ? t("life.no_smoking") : t("life.smoking", { n: smoke }));
  if (drink != null) parts.push(drink === 0 ? t("life.no_drinking") : t("life.drinking", { n: drink / 10 }));
  const times = l.exercise_per_week?.current;
  if (times != null)
    parts.push(t("life.exercise", { n: times, minutes: l.exercise_minutes?.current ?? "—" }));
  if (l.salt?.current) parts.push(t("life.salt", { level: code("salt", l.salt.current) }));
  if (l.psychological) parts.push(t("life.psychological", { rating: code("rating", l.psychological) }));
  if (l.compliance) parts.push(t("life.compliance", { rating: code("rating", l.compliance) }));
  return parts;
}
