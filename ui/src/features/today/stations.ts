/** Where a person may wait. What belongs to later work (the eye room) is not offered. */
export const STATIONS = ["triage", "gp", "pharmacy"] as const;

const OF_ROLE: Record<string, readonly string[]> = {
  gp: ["triage", "gp"],
  nurse: ["triage", "gp"],
  pharmacist: ["pharmacy"],
};

/** The stations whose next person is this person's to call; all of them for who has no station of their own. */
export function stationsOf(roles: readonly string[]): readonly string[] {
  const own = roles.flatMap((role) => OF_ROLE[role] ?? []);
  return own.length > 0 ? own : STATIONS;
}
