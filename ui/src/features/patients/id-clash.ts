// The contradictions between an ID number and what stands beside it, out of the program's refusal.
import type { CommandError } from "../../ipc";
import type { IdClash } from "../../types/generated";

/** Those that a save was refused for; none when it was refused for anything else. */
export function clashesOf(error: CommandError | null): IdClash[] {
  if (error?.code !== "patient.id_contradicts") return [];
  const { clashes } = error.params;
  return Array.isArray(clashes) ? (clashes as IdClash[]) : [];
}
