// Visits that nobody signed, and people whose chart is not on this device: listed, opened, named before the day is
// closed.
import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { CASES } from "../fake/cases";
import { ALL_COMMANDS } from "../fake/table";
import { all, get, openWindow, sent, tap, user } from "./window";

it("lists unsigned visits with person, day, village and who typed", async () => {
  openWindow("gp", CASES.unsigned);
  await get("unsigned");
  const rows = all("unsigned-row").map((row) => row.textContent);
  expect(rows).toHaveLength(3);
  for (const part of ["蓝小梅", "查看"]) expect(rows[0]).toContain(part);
  expect(rows[1]).toContain("继续");
  expect(rows[2]).toContain("今天");
});

it("goes on with a visit of yesterday on its own day, and offers one of today", async () => {
  const fake = openWindow("gp", CASES.unsigned);
  await get("unsigned");
  await user.click(all("unsigned-row")[1]!);
  expect((await get("earlier-visit")).textContent).toContain("签名后记在那一天");
  expect(sent(fake, "visit.start")).toEqual([{ patient: "a7", entry: null, encounter: "left-a7" }]);
  await tap("todays-visit");
  await waitFor(() => expect(sent(fake, "visit.start")[1]).toMatchObject({ patient: "a7", encounter: null }));
  expect(all("earlier-visit")).toHaveLength(0);
});

it("shows a visit that can no longer be signed to be read, beside a new one", async () => {
  const fake = openWindow("gp", (f) => {
    CASES.unsigned?.(f);
    f.older = [{ opened_at: 1, saved_at: 1, by: "蓝小梅", draft: { v: 1, note: "半夜头晕" } }];
  });
  await tap("unsigned-row");
  expect((await get("older-sheet")).textContent).toContain("半夜头晕");
  expect(sent(fake, "visit.start")[0]).toMatchObject({ patient: "a6", encounter: null });
});

it("opens the chart for who may not begin a visit", async () => {
  openWindow("gp", (fake) => {
    CASES.unsigned?.(fake);
    fake.commands = ALL_COMMANDS.filter((c) => c !== "visit.start");
  });
  await tap("unsigned-row");
  await get("page-chart");
});

it("names who is not finished before the day is closed, and closes once somebody said that they know", async () => {
  const fake = openWindow("gp", (f) => {
    CASES.unsigned?.(f);
    f.day.line = f.day.line.slice(0, 2).map((q) => ({ ...q, state: "called" as const }));
    f.day.waiting = 0;
  });
  await tap("day-close");
  const note = (await get("day-unsigned")).textContent;
  const names = [fake.day.line[0]!.hit!.name, "A8", fake.day.unsigned[2]!.hit!.name];
  for (const name of names) expect(note).toContain(name);
  expect(note).not.toContain(fake.day.unsigned[1]!.hit!.name);
  expect((await get("day-submit")).hasAttribute("disabled")).toBe(true);
  await tap("day-leave-unsigned");
  await tap("day-submit");
  await waitFor(() => expect(sent(fake, "day.close")).toEqual([{ odometer_km: null, leave_unsigned: true }]));
  await get("unsigned");
});

it("keeps somebody whose chart is not here in the line, by number, to be called and settled", async () => {
  const fake = openWindow("gp", CASES.unsigned);
  await get("line");
  const row = all("line-row")[1]!;
  expect(row.textContent).toContain("A8");
  expect(row.textContent).toContain("资料还没到本机");
  expect(row.querySelector('[data-testid="line-open"]')!.hasAttribute("disabled")).toBe(true);
  await user.click(row.querySelector('[data-testid="call"]')!);
  await waitFor(() => expect(sent(fake, "day.call_next")).toHaveLength(1));
  await waitFor(() => expect(all("line-row")[0]!.dataset.state).toBe("waiting"));
  expect(all("page-consult")).toHaveLength(0);
  await user.click(all("line-row")[1]!.querySelector('[data-testid="line-left"]')!);
  await tap("rail-patients");
  await waitFor(() => expect(sent(fake, "day.finish")[0]).toMatchObject({ entry: "q8", outcome: "left" }));
});
