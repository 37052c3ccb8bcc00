import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { ConsultForm } from "../../src/features/consult/consult-form.svelte";
import { parseHabit } from "../../src/features/consult/habit-fields";
import { DAY, NOW } from "../fake/people";
import { all, get, openWindow, sent, tap, user } from "./window";

async function visit(change?: Parameters<typeof openWindow>[1]) {
  const fake = openWindow("gp", change);
  await tap("call-next");
  await get("vital-pad");
  return fake;
}
async function digits(keys: string) {
  for (const d of keys) await tap(`pad-${d}`);
}

it("a routine follow-up takes at most 12 taps besides digits", async () => {
  const fake = openWindow("gp");
  let taps = 0;
  const act = async (id: string) => {
    await tap(id);
    taps++;
  };
  await act("call-next");
  await get("vital-pad");
  await digits("1528876");
  await act("sign-none");
  await act("symptom-headache_dizziness");
  await act("adherence-intermittent");
  await act("reaction-no");
  await act("complication-no");
  await act("lifestyle-confirm");
  await act("proposal-adopt");
  await act("refill-all");
  await waitFor(() => expect(all("prescription-row")).toHaveLength(2));
  await act("sign");
  await get("call-next");
  expect(taps).toBeLessThanOrEqual(12);
  expect(sent(fake, "visit.sign")).toHaveLength(1);
});

it("records danger signs in every follow-up, and prefills none", async () => {
  const fake = await visit();
  await get("signs-unasked");
  expect((await get("sign-none")).getAttribute("aria-pressed")).toBe("false");
  await digits("1328070");
  expect(all("emergency-note")).toHaveLength(0);
  await tap("signs-open");
  await tap("sign-precordial_pain");
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    hypertension: { emergency_signs: ["precordial_pain"] },
  });
});

it("tells danger signs that nobody asked for from none", async () => {
  const fake = await visit();
  await tap("sign-none");
  expect(all("signs-unasked")).toHaveLength(0);
  await tap("sign-none");
  await get("signs-unasked");
  await tap("signs-open");
  await tap("sign-severe_headache");
  await waitFor(() => expect(sent(fake, "followup.hypertension")).toHaveLength(1));
  await tap("sign-severe_headache");
  await digits("1328070");
  await tap("sign");
  await get("page-today");
  const content = sent(fake, "visit.sign")[0]?.content as { hypertension: { emergency_signs: unknown } };
  expect(content.hypertension.emergency_signs).toBeNull();
});

it("takes the limits from the visit and says whose they are", async () => {
  await visit((fake) => {
    fake.ranges = structuredClone(fake.ranges);
    fake.ranges.version = "site-7";
    fake.ranges.body.systolic.soft_max = 150;
    fake.ranges.body.pulse.hard_max = 70;
  });
  expect((await get("vital-ranges")).textContent).toContain("site-7 · 待本地签核");
  await digits("15288");
  expect((await get("vital-soft")).textContent).toContain("常见 80–150");
  await digits("76");
  expect((await get("vital-hard")).textContent).toContain("20–70");
});

it("stands last time's value and its date beside the field", async () => {
  await visit();
  expect((await get("vital-pad")).textContent).toMatch(/上次 150\/88 · \d\d-\d\d/);
});

it("types on the keyboard what the pad types", async () => {
  await visit();
  await user.keyboard("152");
  await user.keyboard("8876");
  expect(all("vital-bp-value")[0]?.textContent).toBe("152/88");
  expect(all("vital-pulse-value")[0]?.textContent).toBe("76");
});

it("takes the meter's HI, and asks when it was measured before it is signed", async () => {
  const fake = await visit();
  await digits("1328070");
  await tap("vital-glucose");
  await tap("pad-hi");
  await tap("sign");
  expect((await get("sign-obstacle")).textContent).toContain("空腹、餐后 2 小时还是随机");
  await waitFor(() => expect(document.activeElement).toBe(all("vital-glucose")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await tap("glucose-random");
  expect(all("sign-obstacle")).toHaveLength(0);
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    vitals: { glucose: { value: "hi", kind: "random" } },
  });
});

it("signs no half-typed pressure: says which field, goes there and sends nothing", async () => {
  const fake = await visit();
  await digits("168");
  await tap("pad-close");
  await tap("sign");
  expect((await get("sign-obstacle")).textContent).toContain("血压没有输完：168/。请输完或清除。");
  expect((await get("vital-pad")).dataset.field).toBe("bp");
  await waitFor(() => expect(document.activeElement).toBe(all("vital-bp")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await digits("98");
  expect(all("sign-obstacle")).toHaveLength(0);
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({ vitals: { bp: [{ sys: 168, dia: 98 }] } });
});

it("marks what was refilled, so that nobody prescribes it twice", async () => {
  const fake = await visit();
  await tap("refill");
  await get("refilled");
  await tap("refill-all");
  await waitFor(() => expect(all("refilled")).toHaveLength(2));
  expect(all("refill-all")).toHaveLength(0);
  expect(sent(fake, "prescription.add")).toHaveLength(2);
});

it("counts a medicine from elsewhere only once somebody asked again", async () => {
  const fake = await visit();
  await get("told-before");
  await digits("1328070");
  await tap("told-add");
  await user.type(await get("told-name"), "三七粉");
  await tap("told-save");
  await tap("sign");
  await get("page-today");
  const content = sent(fake, "visit.sign")[0]?.content as { hypertension: { medicines: unknown[] } };
  expect(content.hypertension.medicines).toEqual([{ name: "三七粉", dose: "" }]);
});

it("leaves lifestyle open until it is confirmed", async () => {
  const fake = await visit();
  await get("lifestyle-last");
  await digits("1328070");
  await tap("sign");
  await get("page-today");
  const content = sent(fake, "visit.sign")[0]?.content as { hypertension: { lifestyle: object } };
  expect(content.hypertension.lifestyle).toEqual({});
});

it("goes on from the draft that was left on this device", async () => {
  openWindow("gp", (fake) => {
    fake.draft = { v: 1, texts: { bp: "148/92" }, note: "半夜头晕" };
  });
  await tap("call-next");
  await get("draft-restored");
  expect(all("vital-bp-value")[0]?.textContent).toBe("148/92");
  expect(all("note")[0]).toHaveProperty("value", "半夜头晕");
});

it("shows what was typed on an earlier day and never signed, and takes nothing of it over", async () => {
  const fake = await visit((f) => {
    f.older = [
      {
        opened_at: NOW - 20 * DAY,
        saved_at: NOW - 20 * DAY,
        by: "蓝小梅",
        draft: {
          v: 1,
          reason: "复诊",
          texts: { bp: "186/1", weight: "61.5" },
          readings: [{ sys: 184, dia: 110 }],
          note: "半夜头晕，未写完",
          plan: "查肾功能",
          form: { symptoms: ["other"], symptoms_other: "眼花", medicines: [{ name: "丹参片", dose: "" }] },
          habitTexts: { "smoking.current": "半包" },
        },
      },
      { opened_at: NOW - 40 * DAY, saved_at: NOW - 40 * DAY, by: "", draft: { v: 9, memo: "旧版" } },
      { opened_at: NOW - 50 * DAY, saved_at: NOW - 50 * DAY, by: "", draft: { v: 1 } },
    ];
  });
  expect(all("draft-restored")).toHaveLength(0);
  await tap("older-open");
  const [first, second, ...more] = all("older-draft").map((d) => d.textContent);
  for (const part of [
    "蓝小梅",
    "复诊",
    "184/110、186/1",
    "61.5",
    "半夜头晕，未写完",
    "查肾功能",
    "眼花",
    "丹参片",
    "半包",
  ]) {
    expect(first).toContain(part);
  }
  expect(second).toContain("旧版");
  expect(more).toHaveLength(0);
  expect(all("older-sheet")[0]!.querySelectorAll("input, textarea")).toHaveLength(0);
  await tap("older-sheet-close");
  expect(all("note")[0]).toHaveProperty("value", "");
  expect(sent(fake, "visit.save_draft")).toHaveLength(0);
});

it("asks where to refer when the rules say so, with how urgent it is", async () => {
  const fake = await visit();
  await digits("18811290");
  await user.type(await get("refer-to"), "县医院心内科");
  await tap("proposal-adopt");
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    hypertension: { referral: { to: "县医院心内科", urgent: true } },
  });
});

it("adds nothing to the prescription before it says when to take it", async () => {
  await visit();
  await tap("prescribe");
  await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(1));
  await user.click(all("product-hit")[0]!);
  await get("checks");
  expect((await get("prescription-add")).hasAttribute("disabled")).toBe(true);
  await tap("slot-evening-tap");
  await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
});

it("shows what of the same class is here when a product is out", async () => {
  await visit();
  await tap("prescribe");
  await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(3));
  await user.click(all("product-hit")[3]!);
  await tap("product-instead");
  expect((await get("order-product")).textContent).toContain("氯沙坦");
});

it("turns the visit to the patient", async () => {
  await visit();
  await digits("1528876");
  await tap("show-patient");
  expect((await get("show-bp")).textContent).toContain("血压偏高");
  expect(all("show-medicine")).toHaveLength(2);
});

it("signs no number of lifestyle that can't be recorded: says so at the field, goes there and sends nothing", async () => {
  const fake = await visit();
  await digits("1328070");
  await tap("lifestyle-edit");
  await user.type(await get("life-smoking"), "一包");
  await user.type(await get("life-drinking"), "-2");
  await user.type(await get("life-exercise_minutes-target"), "３０");
  await tap("lifestyle-edit");
  expect((await get("life-smoking-wrong")).textContent).toContain("“一包”不能记录：请填 0–999 的整数");
  expect((await get("life-drinking-wrong")).textContent).toContain("0–99.9");
  expect((await get("life-smoking")).getAttribute("aria-invalid")).toBe("true");
  await tap("sign");
  const why = await get("sign-obstacle");
  expect(why.dataset.code).toBe("obstacle.habit");
  expect(why.textContent).toContain("吸烟（支/天）的“现在”填的不是有效数字：一包");
  await waitFor(() => expect(document.activeElement).toBe(all("life-smoking")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await user.clear(await get("life-smoking"));
  await user.type(await get("life-smoking"), "20");
  await user.clear(await get("life-drinking"));
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    hypertension: {
      lifestyle: { smoking: { current: 20 }, drinking: null, exercise_minutes: { target: 30 } },
    },
  });
});

it("keeps in the draft what was typed about habits and can't be recorded", () => {
  const form = new ConsultForm();
  form.draft.hypertension = true;
  form.setHabit("smoking", "current", "20");
  form.setHabit("smoking", "current", "2.5");
  expect(form.draft.form.lifestyle.smoking).toBeNull();
  const later = new ConsultForm();
  later.restore(JSON.parse(JSON.stringify(form.draft)));
  expect(later.habitShown("smoking", "current")).toBe("2.5");
  expect(later.obstacle()).toEqual({ key: "obstacle.habit", habit: "smoking.current", text: "2.5" });
  later.setHabit("smoking", "current", "");
  expect(later.obstacle()).toBeNull();
});

it.each([
  ["smoking", "0", 0],
  ["smoking", " 20 ", 20],
  ["drinking", "1.5", 15],
  ["drinking", "１．５", 15],
  ["drinking", "", null],
  ["smoking", "2.5", undefined],
  ["smoking", "0x10", undefined],
  ["smoking", "1000", undefined],
  ["drinking", "1.25", undefined],
  ["drinking", "-1", undefined],
  ["drinking", "1e1", undefined],
] as const)("reads %s of “%s” as %s", (habit, text, value) => {
  expect(parseHabit(habit, text)).toBe(value);
});

it.each(["两周", "0", "1.5", "-7", "7000", " "])(
  "adds no prescription for “%s” days before that is mended",
  async (days) => {
    const fake = await visit();
    await tap("prescribe");
    await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(1));
    await user.click(all("product-hit")[0]!);
    await tap("slot-evening-tap");
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
    await user.clear(await get("order-days"));
    await user.type(await get("order-days"), days);
    await tap("prescription-add");
    expect((await get("order-days-wrong")).textContent).toContain("这不是有效的天数");
    expect(all("order-days")[0]).toHaveProperty("value", days);
    expect((await get("order-days")).getAttribute("aria-invalid")).toBe("true");
    expect(all("order-quantity")[0]?.textContent).toBe("—");
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(true));
    expect(sent(fake, "prescription.add")).toHaveLength(0);
    await user.clear(await get("order-days"));
    await user.type(await get("order-days"), "１４");
    await user.tab();
    expect(all("order-days-wrong")).toHaveLength(0);
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
    await tap("prescription-add");
    await waitFor(() => expect(sent(fake, "prescription.add")).toHaveLength(1));
    expect(sent(fake, "prescription.add")[0]?.order).toMatchObject({ days: 14 });
  },
);

it("takes a tapped number of days in place of a wrong one", async () => {
  await visit();
  await tap("prescribe");
  await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(1));
  await user.click(all("product-hit")[0]!);
  await user.type(await get("order-days"), "x");
  await tap("days-7");
  expect(all("order-days-wrong")).toHaveLength(0);
  expect(all("order-days")[0]).toHaveProperty("value", "7");
});

it.each(["三盒", "1.5", "0", "-7", "30片"])(
  "adds no prescription in words for a quantity of “%s” before it is a number or emptied",
  async (typed) => {
    const fake = await visit();
    await tap("prescribe");
    await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(1));
    await user.click(all("product-hit")[0]!);
    await tap("order-words");
    await user.type(await get("order-timing"), "必要时");
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
    await user.type(await get("order-quantity-input"), typed);
    await tap("prescription-add");
    expect((await get("order-quantity-wrong")).textContent).toContain("这不是有效的总量");
    expect(all("order-quantity-input")[0]).toHaveProperty("value", typed);
    expect((await get("order-quantity-input")).getAttribute("aria-invalid")).toBe("true");
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(true));
    expect(sent(fake, "prescription.add")).toHaveLength(0);
    await user.clear(await get("order-quantity-input"));
    await user.tab();
    expect(all("order-quantity-wrong")).toHaveLength(0);
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
    await user.type(await get("order-quantity-input"), "３０");
    await user.tab();
    await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
    await tap("prescription-add");
    await waitFor(() => expect(sent(fake, "prescription.add")).toHaveLength(1));
    expect(sent(fake, "prescription.add")[0]?.order).toMatchObject({ quantity: 30, timing: "必要时" });
  },
);

it("stills the page behind a dialog, and lets it scroll again after", async () => {
  await visit();
  const root = document.documentElement;
  expect(root.hasAttribute("data-behind")).toBe(false);
  await tap("prescribe");
  await get("prescribe-sheet");
  expect(root.hasAttribute("data-behind")).toBe(true);
  await tap("prescribe-sheet-close");
  await waitFor(() => expect(root.hasAttribute("data-behind")).toBe(false));
});

it("holds the signature of a swapped pressure until somebody says that it is right", async () => {
  const fake = await visit();
  await digits("88152");
  expect(all("vital-bp-value")[0]?.textContent).toBe("88/152");
  expect((await get("vital-soft")).textContent).toContain("输反");
  await tap("sign");
  expect((await get("sign-obstacle")).dataset.code).toBe("obstacle.unusual");
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  for (const button of all("vital-confirm")) await user.click(button);
  await waitFor(() => expect(all("vital-soft")).toHaveLength(0));
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.confirmed_unusual).toContain("diastolic");
});
