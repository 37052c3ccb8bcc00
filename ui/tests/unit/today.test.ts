import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { CASES } from "../fake/cases";
import { ALL_COMMANDS, Refusal } from "../fake/table";
import { all, get, openWindow, sent, tap } from "./window";

it("checks somebody in with one tap", async () => {
  const fake = openWindow("gp");
  await tap("due-check-in");
  await waitFor(() => expect(all("due-here").length).toBe(2));
  expect(sent(fake, "day.check_in")[0]).toMatchObject({ patient: "a6", station: "gp" });
});

it("calls the first of the line and opens the visit", async () => {
  const fake = openWindow("gp");
  await tap("call-next");
  await get("page-consult");
  expect(sent(fake, "visit.start")[0]).toMatchObject({ patient: "a1", entry: "q7" });
});

it("shows an empty line and a day that is not open as such", async () => {
  openWindow("gp", (fake) => Object.assign(fake.day, { open: false, line: [], stop: null }));
  await get("day-open");
  expect(all("call-next")).toHaveLength(0);
  expect((await get("line")).textContent).toContain("出车后");
});

it("keeps the page when an act is refused, and says why", async () => {
  openWindow("gp", (fake) => (fake.refuse["day.check_in"] = new Refusal("day.already_in_line")));
  await tap("due-check-in");
  expect((await get("today-error")).dataset.code).toBe("day.already_in_line");
  expect(all("line-row").length).toBe(5);
});

it("shows a double call", async () => {
  openWindow("gp", (fake) =>
    Object.assign(fake.day.line[0]!, { state: "called", called_by: ["陈立", "蓝小梅"], double_called: true }),
  );
  expect((await get("double-called")).textContent).toContain("蓝小梅");
});

it("shows only what the person's commands reach", async () => {
  openWindow("gp", (fake) => (fake.commands = ALL_COMMANDS.filter((c) => !/^(dispense|stock|sync)/.test(c))));
  await get("rail-today");
  expect(all("rail-pharmacy")).toHaveLength(0);
  expect(all("rail-sync")).toHaveLength(0);
});

it("switches language and letter size for the whole window", async () => {
  openWindow("gp");
  await tap("toggle-lang");
  await waitFor(async () => expect((await get("rail-today")).textContent).toContain("Today"));
  await tap("toggle-large");
  expect(document.documentElement.dataset.mode).toBe("large");
});

it("opens a closed day again with the same sheet, for who may open it", async () => {
  const fake = openWindow("gp", CASES.closed);
  await get("day-closed");
  await tap("day-reopen");
  expect((await get("day-sheet")).textContent).toContain("重新出车");
  await tap("day-submit");
  await waitFor(() => expect(sent(fake, "day.open")).toEqual([{ date: null, odometer_km: null }]));
  await get("village-v0");
  expect(all("day-closed")).toHaveLength(0);
});

it("offers no closed day to who may not open it", async () => {
  openWindow("gp", (fake) => {
    CASES.closed?.(fake);
    fake.commands = ALL_COMMANDS.filter((c) => c !== "day.open");
  });
  await get("day-closed");
  expect(all("day-reopen")).toHaveLength(0);
});
