import { emit } from "@tauri-apps/api/event";
import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { CHANGED } from "../../src/ipc";
import { all, get, openWindow, sent, tap, user } from "./window";

const news = (...areas: string[]) => emit(CHANGED, { areas });

it("asks the day again when another tablet checked somebody in", async () => {
  const fake = openWindow("gp");
  await get("line-row");
  fake.day.line = fake.day.line.slice(0, 2);
  await news("day");
  await waitFor(() => expect(all("line-row")).toHaveLength(2));
});

it("changes the light when an exchange ends", async () => {
  const fake = openWindow("gp");
  expect((await get("sync-light")).dataset.light).toBe("saved_here");
  fake.light = "at_center";
  await news("sync");
  await waitFor(() => expect(all("sync-light")[0]?.dataset.light).toBe("at_center"));
});

it("shows news of the patient without losing what is being typed", async () => {
  const fake = openWindow("gp");
  await tap("call-next");
  await get("vital-pad");
  for (const d of "152") await tap(`pad-${d}`);
  await user.type(await get("note"), "嘱低盐");
  fake.charts.get("a1")!.banner.conflicts = 3;
  await news("patient");
  await waitFor(() => expect(all("patient-conflicts")[0]?.textContent).toContain("3"));
  expect(all("vital-bp-value")[0]?.textContent).toBe("152/");
  expect(all("note")[0]).toHaveProperty("value", "嘱低盐");
});

it("keeps an amount that was changed at the counter when news arrives", async () => {
  const fake = openWindow("pharmacist");
  await tap("dispense-person");
  await tap("pick-qty");
  for (const d of "14") await tap(`pad-${d}`);
  await tap("amount-done");
  const asked = sent(fake, "dispense.list").length;
  await news("stock");
  await waitFor(() => expect(sent(fake, "dispense.list").length).toBeGreaterThan(asked));
  expect(all("pick-qty")[0]?.textContent).toBe("14");
});

it("follows the program when it locks by itself, and leaves no patient on the screen", async () => {
  const fake = openWindow("gp");
  await get("line-row");
  fake.signedIn = null;
  await news("session");
  await get("staff-s1");
  expect(document.body.textContent).not.toContain("郑桂叶");
});

it("asks nothing for an area that it does not know", async () => {
  const fake = openWindow("pharmacist");
  await get("dispense-person");
  const asked = sent(fake, "dispense.list").length;
  await news("weather");
  await news("stock");
  await waitFor(() => expect(sent(fake, "dispense.list")).toHaveLength(asked + 1));
});
