// A command table in memory, in the shape of the program's answers. For looking at pages and for component
// tests; it proves nothing about the program.
import table from "../../../data/vital_ranges.json";
import type {
  Chart,
  DayView,
  DispenseLine,
  OlderDraft,
  PrescriptionOrder,
  QueueView,
  SyncStatus,
} from "../../src/types/generated";
import { bannerOf, chartOf, DAY, hitOf, medicine, NOW, patients, products, villages } from "./people";

type Input = Record<string, unknown>;
export class Refusal {
  constructor(
    readonly code: string,
    readonly params: Input = {},
  ) {}
}

export const ALL_COMMANDS =
  "patient.search patient.register patient.get patient.update due.list visit.start visit.save_draft visit.sign visit.addendum followup.hypertension diagnosis.search formulary.search prescription.check prescription.add prescription.stop dispense.list dispense.complete stock.receive stock.load stock.on_hand day.get day.open day.arrive day.check_in day.call_next day.finish day.close conflict.list conflict.resolve sync.run sync.status".split(
    " ",
  );

const ON_HAND: Record<string, number> = { p1: 140, p2: 56, p3: 24, p4: 0, p5: -2, p6: 60, p7: 84 };

const quiet = new Set(["sync.status", "conflict.list", "day.get", "session.state"]);

export class Fake {
  log: { command: string; input: Input }[] = [];
  refuse: Record<string, Refusal> = {};
  signedIn: string | null = null;
  enrolled = true;
  charts = new Map<string, Chart>();
  light: SyncStatus["light"] = "saved_here";
  problem: SyncStatus["problem"] = { code: "sync.unreachable", params: {}, at: NOW - 600_000 };
  held = 0;
  never = false;
  vehicle: string | null = "智慧流动医院 3 号车";
  weakSecret = false;
  /** How often the five who are due stand on the list. */
  dueTimes = 1;
  oldLots = false;
  emptyLine = false;
  /** How many prescriptions wait of each of the first two people. */
  items = 2;
  /** The third person's only prescription was handed out twice. */
  twice = false;
  /** The third person's only prescription was stopped and handed out. */
  stoppedInHand = false;
  /** An allergy to what waits at the counter, of which the prescriber knew nothing. */
  allergySince = false;
  /** Which of such allergies it is. */
  allergyKey = "allergy.listed|1|severe";
  emptyStock = false;
  draft: unknown = null;
  older: OlderDraft[] = [];
  day: DayView;
  commands = ALL_COMMANDS;
  ranges = { body: table.body, version: table.version, sign_off: { state: "unsigned" } };
  staff = [
    {
      staff: "s1",
      name: "陈立",
      roles: ["gp"],
      has_pin: true,
      pin_locked: false,
      wait_until: null as number | null,
      wrong_attempts: 0,
    },
    {
      staff: "s2",
      name: "蓝小梅",
      roles: ["nurse"],
      has_pin: false,
      pin_locked: false,
      wait_until: null,
      wrong_attempts: 0,
    },
    {
      staff: "s3",
      name: "雷志强",
      roles: ["pharmacist"],
      has_pin: true,
      pin_locked: false,
      wait_until: null,
      wrong_attempts: 0,
    },
    {
      staff: "s4",
      name: "吴敏",
      roles: ["admin"],
      has_pin: true,
      pin_locked: false,
      wait_until: null,
      wrong_attempts: 0,
    },
  ];

  constructor(start = "locked") {
    if (start === "enrol") this.enrolled = false;
    if (start === "gp") this.signedIn = "s1";
    if (start === "pharmacist") this.signedIn = "s3";
    const entry = (
      i: number,
      patient: string,
      reason: string,
      station: string,
      urgent = false,
    ): QueueView => ({
      entry: `q${i}`,
      number: `A${i}`,
      patient,
      hit: hitOf(patient),
      reason,
      station,
      urgent,
      state: "waiting",
      since: NOW - (25 - i * 2) * 60_000,
      called_by: [],
      double_called: false,
    });
    this.day = {
      date: new Date(NOW).toISOString().slice(0, 10),
      open: true,
      closed: false,
      vehicle: { id: "veh", plate: "浙K·M1052", name: "3 号车" },
      stop: { village: villages[0]!, arrived_at: NOW - 3 * 3_600_000, odometer_km: 48213 },
      line: [
        entry(7, "a1", "高血压随访 · 逾期 79 天", "gp"),
        entry(8, "a2", "糖尿病随访", "gp"),
        entry(9, "a3", "头晕", "gp"),
        entry(10, "a4", "取药", "pharmacy"),
        entry(11, "a5", "头晕（新）· 预检血压 186/112", "gp", true),
      ],
      unsigned: [],
      seen: 18,
      waiting: 5,
      called: null,
      villages,
      clock_implausible: false,
    };
  }

  invoke(command: string, input: Input): Promise<unknown> {
    if (!quiet.has(command)) this.log.push({ command, input });
    const refused = this.refuse[command];
    if (refused) return Promise.reject({ code: refused.code, params: refused.params });
    try {
      return Promise.resolve(structuredClone(this.answer(command, input)));
    } catch (cause) {
      return Promise.reject(cause instanceof Refusal ? { code: cause.code, params: cause.params } : cause);
    }
  }

  private chart(id: string): Chart {
    const known = this.charts.get(id) ?? chartOf(id);
    this.charts.set(id, known);
    return known;
  }

  private saved() {
    return { saved_at: Date.now(), heads: [`h${this.log.length}`] };
  }

  private user() {
    const tile = this.staff.find((s) => s.staff === this.signedIn);
    if (!tile) return null;
    const pharmacist = tile.roles.includes("pharmacist");
    // As the program's table has it: each role with what is its own.
    const not = pharmacist
      ? /^(visit|prescription|due|followup|diagnosis|patient.update|conflict.resolve)/
      : tile.roles.includes("gp")
        ? /^(dispense.complete|stock.receive|stock.load)/
        : /^$/;
    const commands = this.commands.filter((c) => !not.test(c));
    return { staff: tile.staff, name: tile.name, roles: tile.roles, commands };
  }

  private answer(command: string, input: Input): unknown {
    const patient = String(input.patient ?? "a1");
    switch (command) {
      case "session.state":
        return {
          screen: !this.enrolled ? "enrol" : this.signedIn ? "open" : "locked",
          site_name: this.enrolled ? "大源镇中心卫生院" : null,
          device_name: this.enrolled ? "全科平板" : null,
          device_letter: "A",
          vehicle: this.enrolled ? this.vehicle : null,
          staff: this.enrolled ? this.staff : [],
          user: this.user(),
          weak_device_secret: this.weakSecret,
          version: "0.1.0",
        };
      case "session.sign_in": {
        const tile = this.staff.find((s) => s.staff === input.staff)!;
        if (input.pin !== "135790") {
          tile.wrong_attempts++;
          if (tile.wrong_attempts >= 3) tile.wait_until = Date.now() + 300_000;
          throw new Refusal("unlock.wrong_pin", {});
        }
        tile.wrong_attempts = 0;
        this.signedIn = tile.staff;
        return this.user();
      }
      case "session.first_sign_in":
        if (input.password !== "correct horse") throw new Refusal("unlock.wrong_password");
        this.signedIn = String(input.staff);
        return this.user();
      case "session.lock":
      case "session.sign_out":
        this.signedIn = null;
        return { done: true };
      case "device.enrol":
        if (input.code === "bad") throw new Refusal("enrol.code_expired");
        this.enrolled = true;
        return { site_name: "大源镇中心卫生院", device_name: "全科平板" };
      case "patient.search": {
        const q = String(input.query);
        const hits = patients
          .map(hitOf)
          .filter((h) => h.name.includes(q) || h.village?.includes(q) || h.id_tail === q || q === "zgy")
          .filter((h) => q !== "zgy" || h.name === "郑桂叶");
        return { hits };
      }
      case "patient.register":
        if (String(input.id_number ?? "").endsWith("9")) throw new Refusal("id.check_digit");
        this.agrees(input);
        if (input.name === "郑桂叶" && !input.not_a_duplicate)
          return { patient: null, saved: null, duplicates: [hitOf("a1"), hitOf("b1")] };
        return { patient: "a9", saved: this.saved(), duplicates: [] };
      case "patient.get":
        return this.chart(patient);
      case "patient.update": {
        const chart = this.chart(patient);
        const { id_number, sex, birth_date } = chart.demographics;
        this.agrees({ id_number, sex, birth_date: birth_date?.date, ...input });
        if (input.no_known_allergies)
          chart.banner.allergies = { state: "none_known", by: "s1", at: Date.now() };
        return this.saved();
      }
      case "due.list":
        return { items: this.due() };
      case "visit.start":
        return {
          encounter: input.encounter ?? "enc1",
          opened_at: this.day.unsigned.find((v) => v.encounter === input.encounter)?.opened_at ?? NOW,
          heads: ["h0"],
          draft: this.draft,
          older: this.older,
          chart: this.chart(patient),
          ranges: this.ranges,
        };
      case "visit.save_draft":
        return { done: true };
      case "visit.sign":
        this.day.line = this.day.line.map((q) =>
          q.entry === input.entry ? { ...q, state: "done" as const } : q,
        );
        this.day.seen++;
        this.day.waiting = this.day.line.filter((q) => q.state === "waiting").length;
        return { signature: "sig", saved: this.saved() };
      case "visit.addendum":
      case "prescription.stop":
      case "conflict.resolve":
        if (command === "conflict.resolve") this.chart("a1").conflicts = [];
        return this.saved();
      case "followup.hypertension":
        return this.propose(input);
      case "diagnosis.search":
        return {
          hits: [
            { code: "I10", name: "原发性高血压" },
            { code: "J06.9", name: "急性上呼吸道感染" },
            { code: "R42", name: "头晕" },
          ],
        };
      case "formulary.search": {
        const q = String(input.query);
        return {
          hits: products
            .filter(
              (p) => !q || p.generic_zh?.includes(q) || p.aliases?.[0]?.includes(q) || p.atc?.startsWith(q),
            )
            .map((product) => ({ product, on_hand: ON_HAND[product.id ?? ""] ?? 0 })),
          version: "2026.1",
          sign_off: { state: "unsigned" },
        };
      }
      case "prescription.check":
        return this.check(patient, input.order as PrescriptionOrder);
      case "prescription.add": {
        const order = input.order as PrescriptionOrder;
        const id = `rx${this.log.length}`;
        const product = products.find((p) => p.id === order.product.id) ?? products[0]!;
        this.chart(patient).medicines.push({
          ...medicine(id, product, Date.now(), null),
          encounter: String(input.encounter),
          order,
        });
        return { prescription: id, saved: this.saved() };
      }
      case "dispense.list":
        return { lines: this.emptyLine ? [] : this.lines() };
      case "dispense.complete":
        return { dispenses: ["d1"], saved: this.saved(), below_zero: [] };
      case "stock.on_hand":
        return {
          rows: (this.emptyStock ? [] : products).map((product, i) => ({
            product,
            lot: {
              product: { id: product.id, name: product.generic_zh ?? "", unit: product.base_unit },
              lot_number: `A230911${i}`,
              expiry: ["2027-02", "2028-06", "2027-01", "2026-10", "2027-09", "2028-01"][i] ?? "2028-01",
            },
            qty: [140, 56, 24, 12, -2, 60][i] ?? 0,
            expired: i === 3,
            expiring: i === 0 || i === 2,
          })),
          place: "vehicle:veh",
        };
      case "stock.receive":
      case "stock.load":
        return { movements: (input.lines as unknown[]).map((_, i) => `mv${i}`), saved: this.saved() };
      case "conflict.list":
        return { conflicts: this.chart("a1").conflicts };
      case "sync.status":
        return this.status();
      case "sync.run":
        this.light = "at_center";
        return { sent: 37, received: 12, status: this.status() };
      default:
        if (command.startsWith("day.")) return this.dayAct(command, input);
        throw new Refusal("command.unknown", { command });
    }
  }

  private dayAct(command: string, input: Input): DayView {
    const day = this.day;
    const find = (entry: unknown) => day.line.find((q) => q.entry === entry);
    if (command === "day.open") Object.assign(day, { open: true, closed: false, stop: null });
    if (command === "day.arrive")
      day.stop = {
        village: villages.find((v) => v.id === input.village)!,
        arrived_at: Date.now(),
        odometer_km: null,
      };
    if (command === "day.close") day.closed = true;
    if (command === "day.check_in") {
      const n = 12 + day.line.length;
      day.line.push({
        entry: `q${n}`,
        number: `A${n}`,
        patient: String(input.patient),
        hit: hitOf(String(input.patient)),
        reason: String(input.reason),
        station: String(input.station),
        urgent: Boolean(input.urgent),
        state: "waiting",
        since: Date.now(),
        called_by: [],
        double_called: false,
      });
    }
    if (command === "day.call_next") {
      const q = find(input.entry) ?? day.line.find((x) => x.state === "waiting");
      if (q) Object.assign(q, { state: "called", called_by: ["陈立"] });
      day.called = q?.entry ?? null;
    }
    if (command === "day.finish") Object.assign(find(input.entry) ?? {}, { state: "left" });
    day.waiting = day.line.filter((q) => q.state === "waiting").length;
    return day;
  }

  private due() {
    const rows: [string, number, string, [number, number]][] = [
      ["a6", 45, "emergency", [186, 102]],
      ["a7", 121, "raised", [168, 96]],
      ["a8", -4, "routine", [138, 84]],
      ["a9", 0, "routine", [132, 80]],
      ["a1", 79, "raised", [152, 88]],
    ];
    const reasons = [
      "due.urgent_referral",
      "due.not_at_target",
      "due.medicine_soon_out",
      "due.followup",
      "due.not_at_target",
    ];
    return Array.from({ length: this.dueTimes }, () => rows)
      .flat()
      .map(([id, overdue_days, urgency, [sys, dia]], i) => ({
        hit: hitOf(id),
        phone: hitOf(id).phone_tail ? `1376829${hitOf(id).phone_tail}` : null,
        due: {
          patient: id,
          programme: i < rows.length ? "hypertension" : `hypertension ${i}`,
          due_date: new Date(NOW - overdue_days * DAY).toISOString().slice(0, 10),
          overdue_days,
          urgency,
          reason: { code: reasons[i % reasons.length]!, params: {} },
        },
        last_bp: { sys, dia },
        checked_in: this.day.line.some((q) => q.patient === id && q.state !== "left"),
      }));
  }

  private propose(input: Input) {
    const bp = (input.bp as { sys: number; dia: number }[]).at(-1);
    const sys = bp?.sys ?? 0;
    const dia = bp?.dia ?? 0;
    const urgent = sys >= 180 || dia >= 110;
    const met = sys < 140 && dia < 90;
    const params = { sys, dia, sys_below: 140, dia_below: 90 };
    const rule = met ? "htn.at_target" : "htn.not_at_target";
    return {
      class: met ? "controlled" : "unsatisfactory",
      reasons: [
        ...(urgent ? [{ rule: "htn.severe_pressure", params, clause: "服务规范, 随访评估(1)" }] : []),
        { rule, params, clause: "服务规范, 分类干预(2)" },
      ],
      due: new Date(NOW + (met ? 90 : 14) * DAY).toISOString().slice(0, 10),
      urgent,
      refer: urgent,
      repeat_reading: urgent && (input.bp as unknown[]).length === 1,
      pressure: bp,
      target: { sys_below: 140, dia_below: 90, version: "2026.1" },
      not_checked: ["htn.complication_not_asked"],
      rules_version: "2026.1",
      sign_off: { state: "unsigned" },
    };
  }

  /** Refuses a sex that the ID number does not say, unless it was confirmed. */
  private agrees(input: Input) {
    const digit = String(input.id_number ?? "").slice(16, 17);
    const of_id = digit === "" ? input.sex : Number(digit) % 2 ? "male" : "female";
    const confirmed = (input.confirmed ?? []) as unknown[];
    if (of_id !== input.sex && confirmed.length === 0)
      throw new Refusal("patient.id_contradicts", {
        clashes: [{ field: "sex", of_id, stands: input.sex }],
      });
  }

  private check(patient: string, order: PrescriptionOrder) {
    const t = typeof order.timing === "string" ? null : order.timing;
    const perDay = t ? ((t.morning ?? 0) + (t.noon ?? 0) + (t.evening ?? 0) + (t.bedtime ?? 0)) / 4 : 0;
    const allergic = order.product.id === "p3" && bannerOf(patient).allergies.state === "listed";
    return {
      warnings: allergic
        ? [
            {
              code: "allergy.listed",
              key: "allergy.listed|1|block",
              interrupts: true,
              params: { substance: "青霉素" },
            },
          ]
        : [],
      not_checked: ["interactions", "duplicates", "dose_limits"],
      rules_version: "2026.1",
      sign_off: { state: "unsigned" },
      quantity: perDay > 0 ? Math.ceil(perDay * order.days) : null,
    };
  }

  private lines(): DispenseLine[] {
    return ["a1", "a4", "a2"].map((id, i) => ({
      banner: bannerOf(id),
      heads: ["h0"],
      since: NOW - i * 9 * 60_000,
      items: products.slice(0, i === 2 ? 1 : this.items).map((p, k) => {
        const order = medicine(`rx${id}${k}`, p, NOW, null).order;
        return {
          prescription: `rx${id}${k}`,
          order,
          at: NOW,
          prescriber: "陈立",
          remaining: (this.twice || this.stoppedInHand) && i === 2 ? 0 : (order.quantity ?? 28),
          dispensed: i !== 2 ? 0 : this.twice ? 56 : this.stoppedInHand ? 28 : 0,
          over: this.twice && i === 2 ? 28 : 0,
          stopped: this.stoppedInHand && i === 2,
          ends: this.stoppedInHand && i === 2 ? [{ reason: "踝部水肿", by: "蓝小梅", at: NOW }] : [],
          warnings:
            this.allergySince && i === 0 && k === 0
              ? [
                  {
                    code: "allergy.listed",
                    key: this.allergyKey,
                    interrupts: true,
                    params: { substance: "氨氯地平", note: "" },
                  },
                ]
              : [],
          unseen: this.allergySince && i === 0 && k === 0 ? [this.allergyKey] : [],
          handed_despite: [],
          override_reason: this.allergySince && i === 0 && k === 0 ? "以前吃过，无不适" : null,
          picks: [
            {
              lot: {
                product: order.product,
                lot_number: k ? "M2411034" : "A2309117",
                expiry: k ? "2028-06" : "2027-02",
              },
              qty: 28,
              on_hand: this.oldLots ? 12 : 140,
              expired: this.oldLots && k === 0,
            },
            {
              lot: { product: order.product, lot_number: k ? "M2503001" : "A2406220", expiry: "2028-12" },
              qty: 0,
              on_hand: 56,
              expired: false,
            },
          ],
          short: k ? 28 : 0,
        };
      }),
    }));
  }

  private status(): SyncStatus {
    const done = this.light === "at_center";
    return {
      light: this.light,
      waiting_commits: done ? 0 : 37,
      waiting_bytes: done ? 0 : 48_213,
      last_exchange: this.never ? null : done ? Date.now() : NOW - 3 * 3_600_000,
      problem: done ? null : this.problem,
      held: this.held,
      entries: 12_480,
      center: "https://center.example",
      history: [
        { at: NOW - 600_000, sent: 0, received: 0, problem: "sync.unreachable" },
        { at: NOW - 3 * 3_600_000, sent: 41, received: 9, problem: null },
      ],
      devices: [
        {
          device: "d1",
          name: "全科平板",
          vehicle: "浙K·M1052",
          this: true,
          last_entry: NOW - 60_000,
          revoked: false,
        },
        {
          device: "d2",
          name: "药房平板",
          vehicle: "浙K·M1052",
          this: false,
          last_entry: NOW - 3 * 3_600_000,
          revoked: false,
        },
        { device: "d3", name: "基地电脑", vehicle: null, this: false, last_entry: null, revoked: true },
      ],
    };
  }
}
