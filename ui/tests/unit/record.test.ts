// What a chart shows of the record.
import { expect, it } from "vitest";
import { chartOf, DAY, NOW } from "../fake/people";
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

it("shows what was signed first and the unsigned changes beneath it", async () => {
  await openChart((chart) => {
    const visit = chart.visits[0]!;
    visit.amended_unsigned = true;
    visit.amended = {
      content: { ...visit.content, vitals: { bp: [{ sys: 118, dia: 70 }] }, findings: "双下肢水肿" },
      hypertension: { ...visit.hypertension!, class: "adverse_reaction" },
      forms: [],
    };
  });
  const changes = await get("visit-amended");
  for (const part of ["未签名的改动", "118/70", "双下肢水肿", "不良反应"]) {
    expect(changes.textContent).toContain(part);
  }
  expect(changes.textContent).not.toContain("150/88");
  const visit = await get("visit");
  const whole = visit.textContent;
  expect(whole.indexOf("150/88")).toBeGreaterThan(-1);
  expect(whole.indexOf("150/88")).toBeLessThan(whole.indexOf("未签名的改动"));
  expect(visit.querySelector('[data-testid="visit-amended-tag"]')?.textContent).toBe("签名后有未签名改动");
  expect(all("visit-amended")).toHaveLength(1);
});

it("shows each of two signed versions with its signer and time", async () => {
  await openChart((chart) => {
    const visit = chart.visits[0]!;
    visit.signatures = 2;
    visit.content.note = "加用缬沙坦";
    visit.others = [
      {
        by: "蓝小梅",
        at: NOW - DAY,
        version: { content: { ...visit.content, note: "嘱低盐饮食" }, hypertension: null, forms: [] },
      },
      { by: "吴敏", at: NOW - DAY, version: null },
    ];
  });
  expect((await get("visit-signed-by")).textContent).toContain("陈立 签名");
  const [other, unread] = all("visit-other");
  expect(other!.textContent).toContain("蓝小梅 签名");
  expect(other!.textContent).toContain("嘱低盐饮食");
  expect(other!.textContent).not.toContain("加用缬沙坦");
  expect(unread!.textContent).toContain("吴敏 签名");
  expect(unread!.textContent).toContain("读不出");
});

it("says where a signature or a change cannot be read on this tablet", async () => {
  await openChart((chart) => {
    Object.assign(chart.visits[0]!, { signed_unread: true, amended_unsigned: true });
    Object.assign(chart.visits[1]!, { amended_unsigned: true });
  });
  expect((await get("visit-unread")).textContent).toContain("未必是签过名的");
  expect(all("visit-amended")).toHaveLength(1);
  expect(all("visit-amended")[0]!.textContent).toContain("读不出");
});

it("marks a visit that was signed twice", async () => {
  await openChart((chart) => (chart.visits[0]!.signatures = 2));
  const tag = await get("visit-signatures");
  expect(tag.textContent).toBe("两份签名");
  expect(tag.classList.contains("red")).toBe(true);
  expect(all("visit-signatures")).toHaveLength(1);
});

it("marks in the chart what was dispensed twice", async () => {
  await openChart((chart) => Object.assign(chart.medicines[0]!, { dispensed: 56, over: 28 }));
  expect((await get("dispensed-twice")).textContent).toContain("重复发药");
  expect(all("dispensed-twice")).toHaveLength(1);
});

it("keeps on the pharmacist's list whose only prescription was dispensed twice, with nothing to hand out", async () => {
  openWindow("pharmacist", (fake) => (fake.twice = true));
  await get("dispense-person");
  const row = all("dispense-person").find((r) => r.dataset.patient === "a2")!;
  const tag = row.querySelector('[data-testid="dispensed-twice"]')!;
  expect(tag.classList.contains("red")).toBe(true);
  expect(tag.textContent).toContain("开 28 片，已发 56 片");
  expect(row.textContent).toContain("没有待发的药");
  await user.click(row);
  expect((await get("hand-over")).textContent).toContain("重复发药");
  await get("twice-why");
  expect(all("pick-row")).toHaveLength(0);
  expect(all("proof-birth")).toHaveLength(0);
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
});

it("tells at the counter what was stopped and handed out, by whom and why, with nothing to hand out", async () => {
  openWindow("pharmacist", (fake) => (fake.stoppedInHand = true));
  await get("dispense-person");
  const row = all("dispense-person").find((r) => r.dataset.patient === "a2")!;
  const tag = row.querySelector('[data-testid="stopped-in-hand"]')!;
  expect(tag.classList.contains("red")).toBe(true);
  expect(tag.textContent).toContain("已停药，但已发 28 片");
  await user.click(row);
  expect((await get("stopped-by")).textContent).toMatch(/蓝小梅.*原因：踝部水肿/s);
  await get("stopped-why");
  expect(all("pick-row")).toHaveLength(0);
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
  // What is turned to the patient shows what to take: never what was stopped.
  await tap("show-patient");
  await get("show-sheet");
  expect(all("show-medicine")).toHaveLength(0);
});

it("tells at the counter an allergy that became known after it was prescribed", async () => {
  openWindow("pharmacist", (fake) => (fake.allergySince = true));
  await tap("dispense-person");
  const told = await get("item-warnings");
  expect(told.querySelector('[data-testid="warning-interrupts"]')!.textContent).toContain("氨氯地平");
  expect(told.querySelector('[data-testid="override-reason"]')!.textContent).toContain("以前吃过，无不适");
  expect(told.querySelector('[data-testid="warning-unseen"]')!.classList.contains("red")).toBe(true);
});

it("marks in the chart what was stopped and is still in the person's hands", async () => {
  await openChart((chart) => {
    chart.stopped_in_hand = chart.medicines.splice(0, 1);
  });
  expect((await get("stopped-in-hand")).textContent).toContain("已停药，但已发 28 片");
  expect(all("medicine-row")).toHaveLength(1);
});

it("marks at the counter what was dispensed twice", async () => {
  const chart = chartOf("a1");
  Object.assign(chart.medicines[0]!, { dispensed: 56, over: 28 });
  openWindow("pharmacist", (fake) => fake.charts.set("a1", chart));
  await tap("dispense-person");
  expect((await get("dispensed-twice")).classList.contains("red")).toBe(true);
  expect((await get("hand-over")).contains(all("dispensed-twice")[0]!)).toBe(true);
});

it("says who came for the medicine: the person, or a proxy by name", async () => {
  await openChart((chart) => {
    const [first] = chart.dispensings;
    const proxy = { kind: "proxy", name: "张三", relation: "儿子" };
    chart.dispensings = [first!, { ...first!, at: NOW - DAY, receiver: proxy }];
  });
  // The newest visits fill the first page of the timeline.
  const [proxy, own] = all("dispensing");
  expect(proxy!.textContent).toContain("代领：张三（儿子）");
  expect(own!.textContent).toContain("本人领取");
});

it("says in the chart why medicine was handed out against an allergy that came since", async () => {
  await openChart((chart) => {
    const [first] = chart.dispensings;
    chart.dispensings = [
      { ...first!, at: NOW, override_reason: "已电话问过陈医生", despite: ["氨氯地平"] },
      { ...first!, at: NOW - DAY },
    ];
  });
  const told = all("dispensed-despite");
  expect(told).toHaveLength(1);
  expect(told[0]!.textContent).toMatch(/氨氯地平.*已电话问过陈医生/s);
});

it("says in the chart who reviewed, picked and checked where that was not who handed over", async () => {
  await openChart((chart) => {
    const [first] = chart.dispensings;
    const alone = { reviewer: first!.by, picker: first!.by, checker: first!.by };
    chart.dispensings = [
      { ...first!, at: NOW, staff: { ...alone, checker: "蓝小梅" } },
      { ...first!, at: NOW - DAY, staff: alone },
    ];
  });
  expect(all("dispensing-staff").map((line) => line.textContent)).toEqual([
    expect.stringMatching(/审方 雷志强.*调配 雷志强.*核对 蓝小梅/s),
  ]);
});

it("keeps what was stopped and taken back behind one quiet line, with who, when and why", async () => {
  await openChart((chart) => {
    const { order } = chart.medicines[0]!;
    chart.ended = [
      {
        what: { kind: "prescription", order },
        status: "stopped",
        recorded_at: NOW - 40 * DAY,
        ends: [
          { reason: "踝部水肿", by: "陈立", at: NOW - DAY },
          { reason: "改方案", by: "蓝小梅", at: NOW },
        ],
      },
      {
        what: { kind: "allergy", allergy: { substance: "磺胺", reaction: "皮疹", status: "refuted" } },
        status: "refuted",
        recorded_at: null,
        ends: [{ reason: "皮试阴性", by: "", at: null }],
      },
      {
        what: { kind: "problem", problem: { code: "J06.9", name: "上呼吸道感染", status: "resolved" } },
        status: "resolved",
        recorded_at: NOW - 40 * DAY,
        ends: [],
      },
    ];
  });
  const toggle = await get("ended-toggle");
  expect(toggle.textContent).toContain("已停用与撤销");
  expect(toggle.getAttribute("aria-expanded")).toBe("false");
  expect(all("ended-row")).toHaveLength(0);
  await tap("ended-toggle");
  const rows = all("ended-row").map((row) => row.textContent.replace(/\s+/g, ""));
  expect(rows).toHaveLength(3);
  for (const part of ["氨氯地平片5mg", "已停用", "原因：踝部水肿", "陈立", "原因：改方案", "蓝小梅"]) {
    expect(rows[0]).toContain(part);
  }
  for (const part of ["磺胺", "查证不是", "皮疹", "原因：皮试阴性"]) expect(rows[1]).toContain(part);
  for (const part of ["上呼吸道感染", "已愈"]) expect(rows[2]).toContain(part);
});

it("has no section of what ended where nothing did", async () => {
  await openChart(() => undefined);
  expect(all("ended")).toHaveLength(0);
});

it("keeps the patient bar with its allergies when a problem is listed twice", async () => {
  await openChart((chart) => (chart.banner.tags = ["高血压", "糖尿病", "高血压"]));
  const bar = await get("patient-bar");
  expect(bar.textContent).toContain("雷水根");
  expect(bar.textContent).toContain("糖尿病");
  expect(all("patient-name")).toHaveLength(1);
});
