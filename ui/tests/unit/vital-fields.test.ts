import table from "../../../data/vital_ranges.json";
import { describe, expect, it } from "vitest";
import {
  complete,
  findings,
  parseBp,
  type,
  unfinished,
  vitalsOf,
  emptyTexts,
  type VitalField,
} from "../../src/features/consult/vital-fields";

const typed = (field: VitalField, keys: string) =>
  [...keys].reduce((text, key) => type(field, text, key), "");

describe("typing a value", () => {
  it.each([
    ["15288", "152/88"],
    ["9860", "98/60"],
    ["188112", "188/112"],
    ["15/9", "15/9"],
    ["152", "152/"],
  ])("a pressure %s becomes %s", (keys, text) => expect(typed("bp", keys)).toBe(text));

  it("backspace takes the slash with its digit", () => {
    expect(type("bp", "152/", "Backspace")).toBe("15");
    expect(type("bp", "152/8", "Backspace")).toBe("152/");
  });

  it("knows when no further digit can follow", () => {
    expect(complete("bp", "152/8")).toBe(false);
    expect(complete("bp", "152/88")).toBe(true);
    expect(complete("bp", "188/11")).toBe(false);
    expect(complete("pulse", "76")).toBe(true);
    expect(complete("pulse", "10")).toBe(false);
  });

  it("keeps one decimal", () => expect(typed("weight", "61.57")).toBe("61.5"));
});

describe("ranges", () => {
  it("explains a hard limit and asks about a soft one", () => {
    expect(findings(table.body, "bp", "15/9").map((f) => f.level)).toEqual(["hard", "hard"]);
    expect(findings(table.body, "bp", "210/88").map((f) => [f.level, f.vital])).toEqual([
      ["soft", "systolic"],
    ]);
    expect(findings(table.body, "bp", "98/112")).toEqual([
      { level: "soft", vital: "diastolic", value: "112", min: "45", max: "97", sys: "98" },
    ]);
    expect(findings(table.body, "bp", "98/98").map((f) => f.sys)).toEqual(["98"]);
    expect(findings(table.body, "bp", "152/88")).toEqual([]);
    expect(findings(table.body, "weight", "61.5")).toEqual([]);
  });
});

it.each([
  ["bp", "168/"],
  ["bp", "16"],
  ["pulse", "x"],
  ["glucose", "7."],
  ["weight", "61."],
  ["temperature", "36."],
  ["height", "."],
  ["waist", "9."],
] as [VitalField, string][])("knows that %s %s is not a whole value yet", (field, text) => {
  expect(unfinished({ ...emptyTexts(), [field]: text })).toBe(field);
});

it("takes whole values, the meter's words and empty fields as finished", () => {
  expect(unfinished({ ...emptyTexts(), bp: "168/98", glucose: "HI", weight: "61.5" })).toBeNull();
});

it("turns what was typed into the record's units and keeps all readings", () => {
  const texts = {
    ...emptyTexts(),
    bp: "150/86",
    pulse: "76",
    weight: "61.5",
    glucose: "7.4",
    temperature: "36.5",
    height: "158",
  };
  const vitals = vitalsOf(texts, [{ sys: 188, dia: 112 }], "fasting");
  expect(vitals.bp).toEqual([
    { sys: 188, dia: 112 },
    { sys: 150, dia: 86 },
  ]);
  expect(vitals).toMatchObject({
    pulse: 76,
    weight: 61500,
    temperature: 365,
    height: 1580,
    glucose: { value: 74, kind: "fasting" },
  });
  expect(parseBp("152/")).toBeNull();
});
