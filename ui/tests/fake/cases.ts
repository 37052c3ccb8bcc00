// States of the window by name, for pictures and tests: what the program answers in each.
import type { QueueView, UnsignedVisit } from "../../src/types/generated";
import { Refusal, type Fake } from "./table";
import { chartOf, DAY, hitOf, NOW, patients, villages } from "./people";

const MINUTE = 60_000;

function crowd(fake: Fake) {
  const stations = ["gp", "gp", "triage", "pharmacy"];
  fake.day.line = Array.from({ length: 16 }, (_, i): QueueView => {
    const called = i < 2;
    return {
      entry: `q${i}`,
      number: `${i % 5 === 4 ? "B" : "A"}${i + 1}`,
      patient: patients[i % patients.length]!,
      hit: hitOf(patients[i % patients.length]!),
      reason: i === 3 ? "头晕三天，走路不稳，家属说昨晚吐过一次，想顺便把血压药也续上" : "高血压随访",
      station: stations[i % 4]!,
      urgent: i === 2,
      state: called ? "called" : "waiting",
      since: NOW - (60 - i * 3) * MINUTE,
      called_by: called ? (i === 1 ? ["陈立", "蓝小梅"] : ["陈立"]) : [],
      double_called: i === 1,
    };
  });
  fake.day.waiting = 14;
  fake.day.seen = 7;
  fake.dueTimes = 6;
}

export const CASES: Record<string, (fake: Fake) => void> = {
  "not-open": (fake) => Object.assign(fake.day, { open: false, line: [], stop: null, seen: 0, waiting: 0 }),
  "no-stop": (fake) => Object.assign(fake.day, { line: [], stop: null, seen: 0, waiting: 0 }),
  clock: (fake) =>
    Object.assign(fake.day, {
      open: false,
      line: [],
      stop: null,
      clock_implausible: true,
      date: "1970-01-01",
    }),
  "empty-line": (fake) => {
    Object.assign(fake.day, { line: [], seen: 0, waiting: 0 });
    fake.dueTimes = 0;
  },
  closed: (fake) => Object.assign(fake.day, { closed: true, line: [], waiting: 0 }),
  "no-vehicle": (fake) => {
    Object.assign(fake.day, { vehicle: null, open: false, stop: null, line: [] });
    fake.vehicle = null;
  },
  crowd,
  unsigned: (fake) => {
    const visit = (patient: string, days: number): UnsignedVisit => ({
      encounter: `left-${patient}`,
      patient,
      hit: hitOf(patient),
      date: new Date(NOW - days * DAY).toISOString().slice(0, 10),
      today: days === 0,
      opened_at: NOW - days * DAY,
      saved_at: NOW - days * DAY,
      village: days > 0 ? villages[1]!.name : villages[0]!.name,
      by: "蓝小梅",
      may_sign: days < 2,
    });
    fake.day.unsigned = [visit("a6", 5), visit("a7", 1), visit("a8", 0)];
    Object.assign(fake.day.line[1]!, { hit: null });
  },
  "wrong-pin": (fake) => Object.assign(fake.staff[0]!, { wrong_attempts: 1 }),
  "pin-waits": (fake) =>
    Object.assign(fake.staff[0]!, { wrong_attempts: 5, wait_until: Date.now() + 299_000 }),
  "many-staff": (fake) => {
    for (let i = 5; i < 10; i++) {
      fake.staff.push({ ...fake.staff[i % 4]!, staff: `s${i}`, name: ["欧阳晓明", "钟丽"][i % 2]! });
    }
    fake.weakSecret = true;
  },
  "no-staff": (fake) => (fake.staff = []),
  unreadable: (fake) => {
    for (const command of ["day.get", "patient.get", "dispense.list", "stock.on_hand", "sync.status"]) {
      fake.refuse[command] = new Refusal("store.busy");
    }
  },
  "disk-full": (fake) => {
    for (const command of ["visit.sign", "patient.update", "patient.register", "visit.save_draft"]) {
      fake.refuse[command] = new Refusal("store.disk_full");
    }
  },
  amber: (fake) => {
    fake.light = "needs_care";
    fake.problem = { code: "sync.wrong_ca", params: {}, at: NOW - 9 * 3_600_000 };
    fake.held = 2;
  },
  sending: (fake) => (fake.light = "on_its_way"),
  "at-center": (fake) => (fake.light = "at_center"),
  "never-synced": (fake) => (fake.never = true),
  "empty-chart": (fake) => {
    const chart = chartOf("a3");
    Object.assign(chart, {
      problems: [],
      enrolments: [],
      medicines: [],
      visits: [],
      dispensings: [],
      bp: [],
    });
    Object.assign(chart.banner, { tags: [] });
    chart.demographics = { name: chart.banner.hit.name, sex: "female" };
    fake.charts.set("a3", chart);
  },
  "old-lots": (fake) => (fake.oldLots = true),
  "allergy-since": (fake) => (fake.allergySince = true),
  "nothing-waits": (fake) => (fake.emptyLine = true),
  "nothing-in-stock": (fake) => (fake.emptyStock = true),
};
