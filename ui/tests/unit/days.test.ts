import { waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { isDay, maskDay, solarOf } from "../../src/i18n/days";
import { chartOf } from "../fake/people";
import { all, get, openWindow, sent, tap, user } from "./window";

describe("a day by its digits", () => {
  const typed = (keys: string) => [...keys].reduce((text, key) => maskDay(text + key), "");

  it.each([
    ["19590312", "1959-03-12"],
    ["1959-3-12", "1959-03-12"],
    ["1959031", "1959-03-1"],
    ["19", "19"],
  ])("%s becomes %s", (keys, text) => expect(typed(keys)).toBe(text));

  it("completes single digits when the field is left", () => {
    expect(maskDay("1959-3-1", true)).toBe("1959-03-01");
    expect(maskDay("1959年3月12日", true)).toBe("1959-03-12");
  });

  it("knows a day that does not exist", () => {
    expect([isDay("2024-02-29"), isDay("2023-02-29"), isDay("1959-2"), isDay("")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("the lunar calendar", () => {
  it.each([
    [1959, 2, 4, false, "1959-03-12"],
    [2026, 1, 1, false, "2026-02-17"],
    [2023, 2, 1, true, "2023-03-22"],
    [1958, 12, 30, false, "1959-02-07"],
  ])("%d-%d-%d (leap %s) is %s", (y, m, d, leap, day) => expect(solarOf(y, m, d, leap)).toBe(day));

  it("has no leap month where there is none", () => expect(solarOf(1959, 2, 4, true)).toBeNull());
});

async function register() {
  const fake = openWindow("gp");
  await tap("rail-patients");
  await tap("register");
  await user.type(await get("person-name"), "吴新");
  await tap("person-sex-male");
  return fake;
}

it("takes a lunar birthday and shows it in our calendar before it is saved", async () => {
  const fake = await register();
  await tap("person-birth-date-lunar");
  await user.type(await get("person-birth-date"), "19590204");
  expect((await get("person-birth-date-note")).textContent).toContain("1959-03-12");
  await tap("register-save");
  await waitFor(() =>
    expect(sent(fake, "patient.register")[0]).toMatchObject({
      birth_date: "1959-03-12",
      birth_lunar: { year: 1959, month: 2, day: 4, leap: false },
    }),
  );
});

it("opens a birthday that was told by the moon as it was told, and a card's date takes its place", async () => {
  const chart = chartOf("a2");
  chart.demographics.birth_date = {
    date: "1959-03-12",
    lunar: { year: 1959, month: 2, day: 4, leap: false },
  };
  const fake = openWindow("gp", (f) => f.charts.set("a2", chart));
  await user.type(await get("search"), "雷水根");
  await tap("search-hit");
  await tap("edit-person");
  expect((await get("person-birth-date")) as HTMLInputElement).toHaveProperty("value", "1959-02-04");
  expect((await get("person-birth-date-lunar")).getAttribute("aria-pressed")).toBe("true");
  expect((await get("edit-save")).hasAttribute("disabled")).toBe(true);
  await tap("person-birth-date-lunar");
  const day = await get("person-birth-date");
  await user.clear(day);
  await user.type(day, "19590313");
  await tap("edit-save");
  await waitFor(() =>
    expect(sent(fake, "patient.update")).toEqual([
      { patient: "a2", heads: ["h0"], birth_date: "1959-03-13" },
    ]),
  );
});

it("saves nobody with half a birth date", async () => {
  await register();
  await user.type(await get("person-birth-date"), "1959");
  await user.tab();
  await get("person-birth-date-wrong");
  expect(all("register-save")[0]?.hasAttribute("disabled")).toBe(true);
});
