import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { suggest } from "../../src/features/patients/id-card";
import { CASES } from "../fake/cases";
import { chartOf } from "../fake/people";
import { Refusal, type Fake } from "../fake/table";
import { all, get, openWindow, sent, tap, user } from "./window";

it("reads sex and birth date out of an ID number as a suggestion only", () => {
  expect(suggest("331121195903120028")).toEqual({ birth: "1959-03-12", sex: "female" });
  expect(suggest("33112119590312")).toBeNull();
});

it("shows possible duplicates beside the new person before anything is saved", async () => {
  const fake = openWindow("gp");
  await tap("rail-patients");
  await tap("register");
  await user.type(await get("person-name"), "郑桂叶");
  await tap("person-sex-female");
  await tap("register-save");
  await get("duplicates");
  expect(all("duplicate-open")).toHaveLength(2);
  expect(all("toast")).toHaveLength(0);
  await tap("register-anyway");
  await get("page-chart");
  expect(sent(fake, "patient.register").map((i) => i.not_a_duplicate)).toEqual([false, true]);
});

it("says which digit check an ID number failed, and keeps what was typed", async () => {
  openWindow("gp");
  await tap("rail-patients");
  await tap("register");
  await user.type(await get("person-name"), "吴新");
  await user.type(await get("person-id-number"), "331121195903120029");
  await tap("id-suggestion-use");
  await tap("register-save");
  expect((await get("register-error")).dataset.code).toBe("id.check_digit");
  expect((await get("person-name")) as HTMLInputElement).toHaveProperty("value", "吴新");
});

it("sends only what was touched, with the heads the form was opened at", async () => {
  const fake = openWindow("gp");
  await user.type(await get("search"), "雷水根");
  await tap("search-hit");
  await tap("edit-person");
  const phone = await get("person-phone");
  await user.clear(phone);
  await user.type(phone, "13900000000");
  await tap("edit-save");
  await waitFor(() =>
    expect(sent(fake, "patient.update")).toEqual([{ patient: "a2", heads: ["h0"], phone: "13900000000" }]),
  );
});

it("asks about an ID number that says otherwise, with both values, before it saves", async () => {
  const fake = openWindow("gp");
  await tap("rail-patients");
  await tap("register");
  await user.type(await get("person-name"), "吴新");
  await user.type(await get("person-id-number"), "331121195903120028");
  await tap("person-sex-male");
  await tap("register-save");
  const asked = await get("id-clash");
  expect(asked.textContent).toMatch(/性别.*女.*男/s);
  // Going back saves nothing and keeps what was typed.
  await tap("id-clash-back");
  await waitFor(() => expect(all("id-clash-sheet")).toHaveLength(0));
  expect((await get("person-name")) as HTMLInputElement).toHaveProperty("value", "吴新");
  await tap("register-save");
  await tap("id-clash-confirm");
  await get("page-chart");
  expect(sent(fake, "patient.register").map((i) => i.confirmed)).toEqual([
    [],
    [],
    [{ field: "sex", of_id: "female", stands: "male" }],
  ]);
});

it("makes a birth date and a village unknown again, and says so before", async () => {
  const fake = openWindow("gp");
  await user.type(await get("search"), "雷水根");
  await tap("search-hit");
  await tap("edit-person");
  await user.clear(await get("person-birth-date"));
  await get("birth-cleared");
  await tap("person-village");
  await tap("person-village-none");
  await tap("edit-save");
  await waitFor(() =>
    expect(sent(fake, "patient.update")).toEqual([
      { patient: "a2", heads: ["h0"], clear: ["birth_date", "village"] },
    ]),
  );
});

it("shows both values of a conflict and writes the chosen one at the heads shown", async () => {
  const fake = openWindow("gp");
  await tap("rail-sync");
  await waitFor(() => expect(all("conflict-value").map((v) => v.textContent)).toEqual(["A", "AB"]));
  await user.click(all("conflict-choose")[1]!);
  await waitFor(() =>
    expect(sent(fake, "conflict.resolve")[0]).toMatchObject({
      value: "ab",
      heads: ["h0"],
      field: "blood_group",
    }),
  );
});

it("hands over only after identity and receiver are named", async () => {
  const fake = openWindow("pharmacist");
  await tap("dispense-person");
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
  await tap("proof-id");
  await tap("receiver-proxy");
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
  await user.type(await get("receiver-name"), "郑樟森");
  await tap("hand-over-done");
  await waitFor(() => expect(sent(fake, "dispense.complete")).toHaveLength(1));
  expect(sent(fake, "dispense.complete")[0]).toMatchObject({
    patient: "a1",
    heads: ["h0"],
    identity: { confirmed_by: "id_tail", receiver: { kind: "proxy", name: "郑樟森" } },
  });
});

it("flags stock below zero", async () => {
  openWindow("pharmacist");
  await tap("tab-stock");
  await get("stock-below-note");
  await tap("stock-below");
  await waitFor(() => expect(all("stock-row").map((r) => r.dataset.qty)).toEqual(["-2"]));
});

it("tells the truth about sync in words", async () => {
  openWindow("gp");
  const light = await get("sync-light");
  expect(light.dataset.light).toBe("saved_here");
  expect(light.textContent).toContain("待上传 37");
  await user.click(light);
  await tap("tab-sync");
  expect((await get("sync-problem")).textContent).toContain("连不上中心");
  await tap("sync-now");
  await waitFor(() => expect(all("sync-state")[0]?.dataset.light).toBe("at_center"));
});

it("shows why a page can't be read, and tries again", async () => {
  const fake = openWindow("pharmacist", (f) => (f.refuse["dispense.list"] = new Refusal("store.busy")));
  await get("error");
  fake.refuse = {};
  await tap("error-retry");
  await get("dispense-person");
});

it("takes a third value for a conflict in the chart, of the kind that the field holds", async () => {
  const fake = openWindow("gp");
  await tap("line-open");
  await tap("conflict-other");
  await tap("conflict-other-value");
  await tap("conflict-other-value-o_pos");
  await tap("conflict-other-save");
  await waitFor(() =>
    expect(sent(fake, "conflict.resolve")[0]).toMatchObject({ value: "o_pos", heads: ["h0"] }),
  );
  await waitFor(() => expect(all("chart-conflicts")).toHaveLength(0));
});

function conflictOver(fake: Fake, field: string, values: unknown[]) {
  const chart = chartOf("a1");
  const [shown] = chart.conflicts;
  chart.conflicts = [
    { ...shown!, section: "person", field, values: values.map((value) => ({ ...shown!.values[0], value })) },
  ];
  fake.charts.set("a1", chart);
}

it("shows at the conflict why a third value was refused, and keeps what was typed", async () => {
  const fake = openWindow("gp", (f) => {
    conflictOver(f, "name", ["郑桂叶", "郑贵叶"]);
    f.refuse["conflict.resolve"] = new Refusal("person.name_too_long", { max: 50, found: 51 });
  });
  await tap("line-open");
  await tap("conflict-other");
  await user.type(await get("conflict-other-value"), "third");
  await tap("conflict-other-save");
  expect((await get("conflict")).contains(await get("conflict-error"))).toBe(true);
  expect((await get("conflict-error")).dataset.code).toBe("person.name_too_long");
  expect(all("conflict-other-value")[0]).toHaveProperty("value", "third");
  expect(all("toast")).toHaveLength(0);
  fake.refuse = {};
  await tap("conflict-other-save");
  await waitFor(() => expect(sent(fake, "conflict.resolve")[1]).toMatchObject({ value: "third" }));
});

it("takes a third birth date only as a real day that is not in the future", async () => {
  const fake = openWindow("gp", (f) =>
    conflictOver(f, "birth_date", [{ date: "1959-03-12" }, { date: "1959-12-03" }]),
  );
  await tap("line-open");
  await tap("conflict-other");
  const day = await get("conflict-other-value");
  const save = await get("conflict-other-save");
  for (const [typed, sends] of [
    ["1959", false],
    ["19590231", false],
    ["29590312", false],
    ["19590313", true],
  ] as const) {
    await user.clear(day);
    await user.type(day, typed);
    expect(save.hasAttribute("disabled"), typed).toBe(!sends);
    expect(all("conflict-other-future"), typed).toHaveLength(typed.startsWith("29") ? 1 : 0);
  }
  await user.click(save);
  await waitFor(() =>
    expect(sent(fake, "conflict.resolve")).toMatchObject([{ value: { date: "1959-03-13" } }]),
  );
});

it("offers choices, not free text, for a third sex", async () => {
  openWindow("gp", (f) => conflictOver(f, "sex", ["female", "male"]));
  await tap("line-open");
  await tap("conflict-other");
  await tap("conflict-other-value");
  await get("conflict-other-value-unknown");
  expect(document.querySelector("input[data-testid=conflict-other-value]")).toBeNull();
});

it("lets only who may settle it settle a conflict", async () => {
  openWindow("pharmacist");
  await tap("rail-sync");
  await get("conflict-value");
  expect([...all("conflict-choose"), ...all("conflict-other")]).toHaveLength(0);
});

it("leaves lack of signal grey, and makes amber what needs a person", async () => {
  openWindow("gp");
  await tap("rail-sync");
  await tap("tab-sync");
  expect((await get("sync-problem")).classList.contains("due")).toBe(false);
});

it("says in words what needs a person, and what is held", async () => {
  openWindow("gp", CASES.amber);
  expect((await get("sync-light")).textContent).toContain("需要处理");
  await tap("rail-sync");
  await tap("tab-sync");
  const problem = await get("sync-problem");
  expect(problem.textContent).toContain("对方不是我们的中心");
  expect(problem.classList.contains("due")).toBe(true);
  expect((await get("sync-held")).textContent).toContain("2");
});

it("says that a device never reached its center", async () => {
  openWindow("gp", CASES["never-synced"]);
  expect((await get("sync-light")).textContent).toContain("还没连过中心");
});

it("takes an allergy back only with a status and a reason that somebody chose", async () => {
  const fake = openWindow("gp");
  await tap("line-open");
  await tap("allergy-retract");
  await user.type(await get("retract-reason"), "皮试阴性");
  expect((await get("retract-save")).hasAttribute("disabled")).toBe(true);
  await tap("status-refuted");
  await tap("retract-save");
  await waitFor(() =>
    expect(sent(fake, "patient.update")[0]).toMatchObject({
      retract_allergies: [{ id: "al1", status: "refuted", reason: "皮试阴性" }],
    }),
  );
});

it("keeps what was typed when the disk is full, and says what is safe", async () => {
  openWindow("gp", CASES["disk-full"]);
  await user.type(await get("search"), "雷水根");
  await tap("search-hit");
  await tap("edit-person");
  await user.type(await get("person-phone"), "9");
  await tap("edit-save");
  expect((await get("edit-error")).textContent).toContain("以前保存的都在");
  expect(all("person-phone")[0]).toHaveProperty("value", "137682922909");
});
