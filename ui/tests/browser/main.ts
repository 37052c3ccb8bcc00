import { mockIPC } from "@tauri-apps/api/mocks";
import { Fake } from "../fake/table";

const fake = new Fake(new URLSearchParams(location.search).get("start") ?? "locked");
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
