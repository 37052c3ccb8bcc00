// Invented people, products and history for the fake command table.
import type { Banner, Chart, MedicineView, PatientHit, Product, VisitView } from "../../src/types/generated";

export const NOW = Date.now();
export const DAY = 86_400_000;
const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10);

export const villages = ["龙坑村", "上坪村", "大源村", "石门村", "竹园村", "岭脚村"].map((name, i) => ({
  id: `v${i}`,
  name,
  township: "大源镇",
}));

export const products: Product[] = [
  ["p1", "氨氯地平片", "5mg", "片", "C08CA01", "anlvdiping aldp"],
  ["p2", "二甲双胍缓释片", "0.5g", "片", "A10BA02", "erjiashuanggua ejsg"],
  ["p3", "阿莫西林胶囊", "0.25g", "粒", "J01CA04", "amoxilin amxl"],
  ["p4", "缬沙坦胶囊", "80mg", "粒", "C09CA03", "xieshatan xst"],
  ["p5", "阿司匹林肠溶片", "100mg", "片", "B01AC06", "asipilin aspl"],
  ["p6", "布洛芬缓释胶囊", "0.3g", "粒", "M01AE01", "buluofen blf"],
  ["p7", "氯沙坦钾片", "50mg", "片", "C09CA01", "lvshatan lst"],
].map(([id = "", generic_zh = "", strength = "", base_unit = "", atc, alias]) => ({
  id,
  generic_zh,
  strength,
  base_unit,
  atc,
  form: "",
  pack_size: 28,
  pack_unit: "盒",
  route: "oral",
  aliases: [alias ?? ""],
}));

type Row = [string, string, string, string, string, string, string, "listed" | "none" | "unasked"];
const rows: Row[] = [
  ["a1", "郑桂叶", "female", "1959-03-12", "0028", "7731", "龙坑村", "listed"],
  ["a2", "雷水根", "male", "1954-06-01", "1134", "2290", "龙坑村", "none"],
  ["a3", "蓝银娇", "female", "1968-01-20", "0246", "1856", "龙坑村", "unasked"],
  ["a4", "钟土金", "male", "1945-11-02", "0517", "6642", "龙坑村", "none"],
  ["a5", "朱月仙", "female", "1963-09-15", "3328", "0093", "龙坑村", "unasked"],
  ["a6", "蓝招弟", "female", "1960-05-08", "0925", "4417", "龙坑村", "none"],
  ["a7", "郑樟森", "male", "1956-02-28", "0416", "5520", "龙坑村", "none"],
  ["a8", "雷金土", "male", "1957-07-07", "0713", "", "龙坑村", "none"],
  ["a9", "钟秀莲", "female", "1952-12-31", "1229", "3381", "龙坑村", "none"],
  ["b1", "郑桂叶", "female", "1961-08-19", "0842", "9907", "上坪村", "unasked"],
];

export function hitOf(id: string): PatientHit {
  const row = rows.find((r) => r[0] === id) ?? rows[0]!;
  const [patient, name, sex, birth, tail, phone, village] = row;
  return {
    patient,
    name,
    sex,
    age: new Date(NOW).getFullYear() - Number(birth.slice(0, 4)),
    birth_date: birth,
    id_tail: tail,
    phone_tail: phone || null,
    village,
    household_head: id === "a1" ? "郑樟森" : null,
    last_visit: iso(NOW - 90 * DAY),
    namesake: rows.filter((r) => r[1] === name).length > 1,
  };
}

export const patients = rows.map((r) => r[0]);
export const stateOf = (id: string) => rows.find((r) => r[0] === id)?.[7] ?? "unasked";

export function bannerOf(id: string): Banner {
  const state = stateOf(id);
  return {
    hit: hitOf(id),
    allergies:
      state === "listed"
        ? { state }
        : state === "none"
          ? { state: "none_known", by: "s1", at: NOW - 200 * DAY }
          : { state: "never_asked" },
    listed:
      state === "listed"
        ? [
            {
              id: "al1",
              allergy: { substance: "青霉素", reaction: "皮疹", severity: "moderate", status: "active" },
            },
          ]
        : [],
    tags: ["高血压 高危", "2 型糖尿病"],
    conflicts: id === "a1" ? 1 : 0,
    namesakes: hitOf(id).namesake ? 1 : 0,
  };
}

export function medicine(id: string, product: Product, at: number, days_left: number | null): MedicineView {
  return {
    prescription: id,
    encounter: `before-${id}`,
    order: {
      product: { id: product.id, name: product.generic_zh ?? "", unit: product.base_unit },
      strength: product.strength,
      route: "oral",
      timing: { morning: 4, noon: 0, evening: product.id === "p2" ? 4 : 0, bedtime: 0 },
      dose: "",
      days: 28,
      quantity: product.id === "p2" ? 56 : 28,
      remark: "",
    },
    at,
    prescriber: "陈立",
    dispensed: 28,
    over: 0,
    days_left,
  };
}

function visit(i: number, patient: string): VisitView {
  const at = NOW - (90 + i * 88) * DAY;
  const sys = 150 - ((i * 7) % 23);
  return {
    encounter: `e${i}`,
    at,
    clinician: "陈立",
    content: {
      patient,
      opened_at: at,
      reason: "高血压随访",
      vitals: { bp: [{ sys, dia: 88 - i }], pulse: 76 + i, weight: 61500, height: 1580 },
      diagnoses: [{ code: "I10", name: "高血压" }],
      note: i === 0 ? "一般情况可，嘱低盐饮食，按时服药。" : "",
      next_visit: iso(at + 90 * DAY),
    },
    hypertension: {
      symptoms: ["none"],
      adherence: "regular",
      class: sys < 140 ? "controlled" : "unsatisfactory",
      lifestyle: {
        smoking: { current: 0 },
        drinking: { current: 0 },
        exercise_per_week: { current: 5 },
        exercise_minutes: { current: 30 },
        salt: { current: "medium" },
        psychological: "good",
        compliance: "good",
      },
    },
    forms: [],
    signed: true,
    signed_by: "陈立",
    signed_at: at + 900_000,
    signed_unread: false,
    amended_unsigned: false,
    amended: null,
    signatures: 1,
    others: [],
    addenda: i === 1 ? [{ text: "复测 138/86。", at: at + 3_600_000, by: "陈立" }] : [],
  };
}

export function chartOf(id: string): Chart {
  const visits = [0, 1, 2, 3, 4, 5, 6].map((i) => visit(i, id));
  const banner = bannerOf(id);
  return {
    banner,
    heads: ["h0"],
    demographics: {
      name: banner.hit.name,
      sex: banner.hit.sex,
      birth_date: { date: banner.hit.birth_date ?? "" },
      id_number: `33112119590312${banner.hit.id_tail}`,
      phone: banner.hit.phone_tail ? `1376829${banner.hit.phone_tail}` : null,
      address: "2 组 14 号",
      household_head: banner.hit.household_head,
      blood_group: "a",
    },
    village: "v0",
    problems: [
      { id: "pr1", problem: { code: "I10", name: "高血压", since: "2018-04", status: "active" } },
      { id: "pr2", problem: { code: "E11.9", name: "2 型糖尿病", since: "2020", status: "active" } },
    ],
    enrolments: [
      {
        id: "en1",
        enrolment: { programme: "hypertension", since: "2018-05-01", status: "active", risk: "high" },
        due: iso(NOW - 79 * DAY),
      },
    ],
    medicines: [
      medicine("m1", products[0]!, NOW - 24 * DAY, 4),
      medicine("m2", products[1]!, NOW - 17 * DAY, 11),
    ],
    stopped_in_hand: [],
    told: id === "a1" ? [{ medicine: { name: "丹参片（自购）", dose: "" }, asked_at: NOW - 90 * DAY }] : [],
    ended: [],
    visits,
    dispensings: [
      {
        at: NOW - 24 * DAY,
        prescription: "m1",
        product: "氨氯地平片 5mg",
        qty: 28,
        unit: "片",
        by: "雷志强",
        receiver: { kind: "person" },
        despite: [],
      },
    ],
    bp: visits
      .map((v) => ({
        at: v.at,
        sys: v.content.vitals?.bp?.[0]?.sys ?? 0,
        dia: v.content.vitals?.bp?.[0]?.dia ?? 0,
      }))
      .reverse(),
    target: { sys_below: 140, dia_below: 90, version: "2026.1" },
    conflicts:
      id === "a1"
        ? [
            {
              doc: "d1",
              doc_type: "patient",
              patient: banner.hit,
              section: "demographics",
              record: "",
              field: "blood_group",
              values: [
                { value: "a", by: "陈立", device: "全科平板", at: NOW - DAY },
                { value: "ab", by: "蓝小梅", device: "护士平板", at: NOW - DAY + 60_000 },
              ],
              heads: ["h0"],
            },
          ]
        : [],
  };
}
