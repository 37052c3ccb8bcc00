// Opens the whole window (or one component) on the fake command table.
import { mockIPC } from "@tauri-apps/api/mocks";
import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import App from "../../src/App.svelte";
import { prefs } from "../../src/app/prefs.svelte";
import { shell } from "../../src/app/store.svelte";
import { Fake } from "../fake/table";

export const user = userEvent.setup();
export const get = (id: string) => screen.findAllByTestId(id).then((all) => all[0]!);
export const all = (id: string) => screen.queryAllByTestId(id);
export const tap = async (id: string) => user.click(await get(id));

export function connect(fake: Fake) {
  mockIPC(
    (cmd, args) => {
      if (cmd !== "invoke_command") return null;
      const { command, input } = args as { command: string; input: Record<string, unknown> };
      return fake.invoke(command, input);
    },
    { shouldMockEvents: true },
  );
}

export function openWindow(start: string, change?: (fake: Fake) => void): Fake {
  const fake = new Fake(start);
  change?.(fake);
  connect(fake);
  shell.session = null;
  shell.page = { name: "today" };
  shell.banner = null;
  shell.day = null;
  shell.sync = null;
  shell.toasts = [];
  shell.search = "";
  prefs.setLang("zh");
  prefs.setLarge(false);
  render(App);
  return fake;
}

export const sent = (fake: Fake, command: string) =>
  fake.log.filter((l) => l.command === command).map((l) => l.input);
