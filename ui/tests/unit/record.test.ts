// What a chart shows of the record.
import { expect, it } from "vitest";
import { dispensedTwice } from "../../src/components/order-words";
import { chartOf, medicine, NOW, products } from "../fake/people";
import type { Chart } from "../../src/types/generated";
import { all, get, openWindow, tap, user } from "./window";

async function openChart(change: (chart: Chart) => void) {
  const chart = chartOf("a2");
  change(chart);
  openWindow("gp", (fake) => fake.charts.set("a2", chart));
  await user.type(await get("search"), "雷水根");
  await tap("search-hit");
  await get("timeline");
}

it("shows everything of a signed follow-up", async () => {
  await openChart((chart) =>
    Object.assign(chart.visits[0]!.hypertension!, {
      symptoms: ["headache_dizziness", "other"],
      symptoms_other: "眼花",
      emergency_signs: ["precordial_pain"],
      adverse_reaction: { present: true, detail: "干咳", hard_to_control: true },
      complication: { present: false },
      class: "controlled",
      class_proposed: "unsatisfactory",
      class_reason: "家测正常",
      referral: { to: "县医院心内科", reason: "胸痛", urgent: true },
    }),
  );
  const text = (await get("visit")).textContent.replace(/\s+/g, "");
  for (const part of [
    "危急征象：",
    "眼花",
    "干咳",
    "并发症：无",
    "规则建议：控制不满意",
    "与建议不同的原因：家测正常",
    "转诊：紧急、县医院心内科、胸痛",
    "生活方式：不吸烟",
  ]) {
    expect(text).toContain(part);
  }
});

it("tells signs that were asked for and absent from those that nobody asked for", async () => {
  await openChart((chart) => (chart.visits[0]!.hypertension!.emergency_signs = []));
  expect((await get("visit")).textContent).toContain("危急征象：问过，都没有");
  expect(all("visit")[1]?.textContent).not.toContain("危急征象");
});

it("shows other forms with their name and every field", async () => {
  await openChart(
    (chart) =>
      (chart.visits[0]!.forms = [
        {
          template: "老年人中医体质v2",
          fields: { 体质: "平和质", 得分: 31, 指导: ["饮食", "运动"], 空腹: false },
        },
      ]),
  );
  const text = (await get("visit-form")).textContent;
  for (const part of ["老年人中医体质v2", "体质：平和质", "得分：31", "指导：饮食、运动", "空腹：否"]) {
    expect(text).toContain(part);
  }
});

it("marks a visit that was signed twice", async () => {
  await openChart((chart) => (chart.visits[0]!.signatures = 2));
  const tag = await get("visit-signatures");
  expect(tag.textContent).toBe("两份签名");
  expect(tag.classList.contains("red")).toBe(true);
  expect(all("visit-signatures")).toHaveLength(1);
});

it("knows what was dispensed twice only where the quantity is known", () => {
  const m = medicine("m1", products[0]!, NOW, 4);
  expect(dispensedTwice(m)).toBe(false);
  expect(dispensedTwice({ ...m, dispensed: 29 })).toBe(true);
  expect(dispensedTwice({ ...m, dispensed: 56, order: { ...m.order, quantity: null } })).toBe(false);
});

it("marks in the chart what was dispensed twice", async () => {
  await openChart((chart) => (chart.medicines[0]!.dispensed = 56));
  expect((await get("dispensed-twice")).textContent).toContain("重复发药");
  expect(all("dispensed-twice")).toHaveLength(1);
});

it("marks at the counter what was dispensed twice", async () => {
  const chart = chartOf("a1");
  chart.medicines[0]!.dispensed = 56;
  openWindow("pharmacist", (fake) => fake.charts.set("a1", chart));
  await tap("dispense-person");
  expect((await get("dispensed-twice")).classList.contains("red")).toBe(true);
  expect((await get("hand-over")).contains(all("dispensed-twice")[0]!)).toBe(true);
});
