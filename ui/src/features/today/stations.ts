/** Where a person may wait. What belongs to later work (the eye room) is not offered. */
export const STATIONS = ["triage", "gp", "pharmacy"] as const;
