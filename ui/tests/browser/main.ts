import { mockIPC } from "@tauri-apps/api/mocks";
import { CASES } from "../fake/cases";
import { Fake } from "../fake/table";

const asked = new URLSearchParams(location.search);
const fake = new Fake(asked.get("start") ?? "locked");
for (const name of asked.getAll("case")) CASES[name]?.(fake);
Object.assign(window, { fake });
mockIPC(
  (cmd, args) => {
    if (cmd !== "invoke_command") return null;
    const { command, input } = args as { command: string; input: Record<string, unknown> };
    return fake.invoke(command, input);
  },
  { shouldMockEvents: true },
);
void import("../../src/main");
