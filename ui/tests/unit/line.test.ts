import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { CASES } from "../fake/cases";
import { all, get, openWindow, sent, tap, user } from "./window";

it("marks somebody as gone with one tap that can be undone, and writes nothing then", async () => {
  const fake = openWindow("gp");
  await tap("line-left");
  expect((await get("line-row")).textContent).toContain("稍后保存");
  await tap("line-undo");
  await tap("rail-patients");
  await get("page-patients");
  expect(sent(fake, "day.finish")).toEqual([]);
});

it("records that somebody has gone when another act follows", async () => {
  const fake = openWindow("gp");
  await tap("line-left");
  await tap("call");
  await get("page-consult");
  expect(sent(fake, "day.finish")).toEqual([{ entry: "q7", outcome: "left" }]);
  expect(sent(fake, "day.call_next")[0]).toMatchObject({ entry: "q9" });
});

it("records that somebody has gone before the screen locks", async () => {
  const fake = openWindow("gp");
  await tap("line-left");
  await tap("lock");
  await get("staff-s1");
  expect(sent(fake, "day.finish")).toEqual([{ entry: "q7", outcome: "left" }]);
});

it("makes the next of one's own station the main act", async () => {
  openWindow("pharmacist");
  await tap("rail-today");
  expect((await get("call-next")).closest<HTMLElement>("[data-patient]")?.dataset.patient).toBe("a4");
});

it("opens a chart from the line without calling", async () => {
  const fake = openWindow("gp");
  await tap("line-open");
  await get("page-chart");
  expect(sent(fake, "day.call_next")).toEqual([]);
});

it("tells why the day can't be closed while people wait", async () => {
  openWindow("gp");
  await tap("day-close");
  expect((await get("day-people-wait")).textContent).toContain("5 人");
  expect((await get("day-submit")).hasAttribute("disabled")).toBe(true);
});

it("asks for the date when the clock can't be right, and takes it by its digits", async () => {
  const fake = openWindow("gp", CASES.clock);
  await tap("day-open");
  const date = await get("day-date");
  await user.clear(date);
  await user.type(date, "20261124");
  await tap("day-submit");
  await waitFor(() => expect(sent(fake, "day.open")[0]).toMatchObject({ date: "2026-11-24" }));
});

it("opens on the patients where a device has no vehicle", async () => {
  openWindow("locked", CASES["no-vehicle"]);
  await tap("staff-s1");
  for (const d of "135790") await tap(`pad-${d}`);
  await get("page-patients");
  expect(all("rail-today")).toHaveLength(0);
});

it("sets the due list behind a tab in large letters", async () => {
  openWindow("gp");
  await get("due");
  await tap("toggle-large");
  await waitFor(() => expect(all("due")).toHaveLength(0));
  await tap("tab-due");
  await get("due-check-in");
});

it("says of a refill how long the medicine lasts, and checks in for that", async () => {
  const fake = openWindow("gp");
  await get("due-row");
  const row = all("due-row").find((r) => r.dataset.patient === "a8")!;
  expect(row.textContent).toContain("药还剩 4 天");
  await user.click(row.querySelector("[data-testid=due-check-in]")!);
  await waitFor(() => expect(sent(fake, "day.check_in")[0]).toMatchObject({ reason: "续方取药" }));
});

it("tells namesakes in the line apart by birth date and village", async () => {
  openWindow("gp", (fake) => {
    const [first, second] = fake.day.line;
    Object.assign(first!.hit!, { namesake: true, birth_date: "1959-03-12", village: "半坑村" });
    second!.hit!.namesake = false;
  });
  const row = (await get("line-row")).textContent;
  expect(row).toContain("1959");
  expect(row).toContain("半坑村");
  expect(all("line-namesake")).toHaveLength(1);
});
