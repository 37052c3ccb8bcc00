// The four states of the light in words.
import { code } from "../i18n/index.svelte";
import type { SyncLight } from "../types/generated";

export function lightWord(light: SyncLight): string {
  return code("light", light);
}
