// Walks through every page and its states on the fake command table, leaves pictures and prints what is wrong.
// First: npx vite build --config tests/browser/vite.config.ts, then npx vite preview with the same config.
// usage: node tests/browser/shoot.mjs OUTDIR [zh|en] [normal|large] [PART…]
import { look } from "./look.mjs";

const [out = "shots", lang = "zh", mode = "normal", ...only] = process.argv.slice(2);
const w = await look(out, lang, mode);
const { by, open } = w;
const tap = (id, nth) => w.tap(id, nth);
const picture = (name) => w.picture(name);
const large = mode === "large";

const PARTS = {
  async lock() {
    await open("enrol");
    await by("enrol-code").waitFor();
    await picture("enrol");
    await by("enrol-code").fill("bad");
    await tap("enrol-submit");
    await by("enrol-error").waitFor();
    await picture("enrol-refused");
    await by("enrol-code").fill("XY-1");
    await tap("enrol-submit");
    await by("enrol-done").waitFor();
    await picture("enrol-done");
    await open("locked");
    await by("staff-s1").waitFor();
    await picture("lock-start");
    await tap("staff-s1");
    await w.digits("135");
    await picture("lock");
    await open("locked", "wrong-pin");
    await tap("staff-s1");
    await w.digits("111111");
    await by("lock-attempts").or(by("lock-wait")).waitFor();
    await picture("lock-wrong");
    await open("locked", "pin-waits");
    await tap("staff-s1");
    await by("lock-wait").waitFor();
    await picture("lock-waits");
    await open("locked", "many-staff");
    await tap("staff-s1");
    await picture("lock-many");
    await open("locked", "no-staff");
    await by("empty").waitFor();
    await picture("lock-no-staff");
    await open("locked");
    await tap("staff-s2");
    await picture("first-sign-in");
    await by("first-password").fill("correct horse");
    await tap("first-password-show");
    await tap("first-next");
    await picture("first-choose-pin");
    await w.digits("246813");
    await w.digits("246810");
    await picture("first-pins-differ");
  },

  async today() {
    await open("gp");
    await by("line-row").first().waitFor();
    await picture("today");
    await tap("line-left", 1);
    await by("line-undo").waitFor();
    await picture("today-leaving");
    await by("search").fill("郑");
    await by("search-hit").first().waitFor();
    await picture("search");
    await by("search").fill("没有这人");
    await by("search-register").waitFor();
    await picture("search-none");
    await by("search").fill("");
    if (large) {
      await tap("tab-due");
      await picture("today-due");
    }
    await tap("due-call");
    await picture("today-phone");
    await tap("due-phones");
    await picture("phone-list");
    await tap("phone-list-close");
    if (large) await tap("tab-line");
    await tap("walk-in");
    await picture("walk-in");
    await by("walk-in-search").fill("郑");
    await by("walk-in-hit").first().waitFor();
    await picture("walk-in-hits");
    await tap("walk-in-hit");
    await picture("walk-in-check-in");
    await tap("walk-in-sheet-close");
    await tap("day-arrive");
    await picture("day-arrive");
    await tap("day-sheet-close");
    await tap("day-close");
    await picture("day-close");
    for (const state of [
      "not-open",
      "no-stop",
      "empty-line",
      "closed",
      "no-vehicle",
      "crowd",
      "unreadable",
    ]) {
      await open("gp", state);
      await by("page-today").or(by("page-patients")).waitFor();
      await picture(`today-${state}`);
    }
    await open("gp", "clock");
    await tap("day-open");
    await picture("day-clock");
  },

  async patients() {
    await open("gp");
    await tap("rail-patients");
    await picture("patients-empty");
    await by("search").fill("郑桂叶");
    await by("patient-hit").first().waitFor();
    await picture("patients");
    await tap("register");
    await by("person-id-number").fill("331121195903120028");
    await picture("register");
    await tap("id-suggestion-use");
    await by("person-name").fill("郑桂叶");
    await tap("register-save");
    await by("duplicates").waitFor();
    await picture("duplicates");
    await tap("duplicates-back");
    await tap("person-sex-male");
    await tap("register-save");
    await by("id-clash-sheet").waitFor();
    await picture("register-id-clash");
    await tap("id-clash-back");
    await tap("person-sex-female");
    await by("person-birth-date").fill("1959-2");
    await by("person-phone").focus();
    await picture("register-date-wrong");
    await tap("person-birth-date-lunar");
    await by("person-birth-date").fill("1959-02-04");
    await picture("register-lunar");
    await by("person-id-number").fill("331121195903120029");
    await tap("register-save");
    await by("register-error").waitFor();
    await picture("register-refused");
    await open("gp");
    await by("search").fill("郑桂叶");
    await tap("search-hit");
    await by("timeline").waitFor();
    await picture("chart");
    await tap("conflict-other");
    await tap("conflict-other-value");
    await picture("chart-conflict-other");
    await w.page.evaluate(() => document.querySelector("main").scrollTo(0, 700));
    await picture("chart-scrolled");
    await tap("edit-person");
    await picture("edit");
    await tap("person-village");
    await picture("edit-village");
    await tap("edit-sheet-close");
    await tap("allergy-add");
    await picture("allergy");
    await tap("allergy-sheet-close");
    await tap("allergy-retract");
    await picture("retract");
    await tap("retract-sheet-close");
    await tap("search-open");
    await picture("chart-search");
    await open("gp", "empty-chart");
    await by("search").fill("蓝银娇");
    await tap("search-hit");
    await by("timeline").waitFor();
    await picture("chart-empty");
    await open("gp", "unreadable");
    await by("search").fill("雷水根");
    await tap("search-hit");
    await by("error").waitFor();
    await picture("chart-unreadable");
    await open("gp", "disk-full");
    await by("search").fill("雷水根");
    await tap("search-hit");
    await tap("edit-person");
    await by("person-phone").fill("13900000000");
    await tap("edit-save");
    await by("edit-error").waitFor();
    await picture("edit-disk-full");
  },

  async consult() {
    await open("gp");
    await by("call-next").waitFor();
    w.taps = 0;
    await tap("call-next");
    await by("vital-pad").waitFor();
    await picture("consult-start");
    await w.digits("1528876");
    await tap("symptom-headache_dizziness");
    await tap("adherence-intermittent");
    await tap("reaction-no");
    await tap("lifestyle-confirm");
    await by("proposal-adopt").waitFor();
    await picture("consult");
    await tap("proposal-adopt");
    await tap("refill-all");
    await by("prescription-row").nth(1).waitFor();
    await picture("consult-refilled");
    await w.page.evaluate(() => document.querySelector(".left").scrollTo(0, 10000));
    await picture("consult-bottom");
    const before = w.taps;
    await tap("show-patient");
    await picture("consult-show");
    await tap("show-close");
    await tap("next-visit");
    await picture("next-visit");
    await tap("next-sheet-close");
    await tap("proposal-change");
    await picture("consult-change");
    await tap("class-cancel");
    await tap("lifestyle-edit");
    await picture("consult-lifestyle");
    await tap("prescribe");
    await picture("prescribe-start");
    await tap("product-hit", 2);
    await tap("slot-morning-tap");
    await by("warning-interrupts").waitFor();
    await picture("prescribe");
    await open("gp");
    await tap("call-next");
    await by("vital-pad").waitFor();
    await tap("prescribe");
    await tap("product-hit", 3);
    await by("product-instead").first().waitFor();
    await picture("prescribe-out-of-stock");
    await tap("prescribe-sheet-close");
    w.taps = before;
    await tap("sign");
    await by("page-today").waitFor();
    console.log(`${lang}/${mode}: taps of a routine follow-up besides digits: ${w.taps}`);
    await tap("call-next");
    await by("vital-pad").waitFor();
    await w.digits("18811290");
    await by("emergency-note").waitFor();
    await picture("consult-emergency");
    await tap("bp-repeat");
    await w.digits("210");
    await picture("consult-second-reading");
    await open("gp");
    await tap("call");
    await by("vital-pad").waitFor();
    await w.digits("21088");
    await by("vital-soft").first().waitFor();
    await picture("consult-soft");
    await tap("vital-glucose");
    await tap("pad-hi");
    await picture("consult-glucose");
    await tap("vital-more");
    await tap("vital-waist");
    await w.digits("9");
    await picture("consult-hard");
    await tap("attendee-toggle");
    await tap("attendee-proxy");
    await picture("consult-proxy");
    await tap("prescribe");
    await by("prescribe-sheet").waitFor();
    await picture("prescribe-allergy-unasked");
    await open("gp", "disk-full");
    await tap("call-next");
    await by("vital-pad").waitFor();
    await w.digits("1328070");
    await tap("sign");
    await by("sign-error").waitFor();
    await picture("sign-disk-full");
  },

  async pharmacy() {
    await open("pharmacist");
    await by("dispense-person").first().waitFor();
    await picture("pharmacy-start");
    w.taps = 0;
    await tap("dispense-person");
    await picture("pharmacy");
    await tap("proof-birth");
    await tap("receiver-person");
    await picture("pharmacy-ready");
    await tap("hand-over-done");
    console.log(`${lang}/${mode}: taps of a hand-over: ${w.taps}`);
    await by("toast").waitFor();
    await tap("dispense-person", 1);
    await tap("pick-qty");
    await picture("pharmacy-amount");
    await tap("amount-sheet-close");
    await tap("receiver-proxy");
    await picture("pharmacy-proxy");
    await tap("show-patient");
    await picture("show");
    await tap("show-close");
    await open("pharmacist", "old-lots");
    await tap("dispense-person");
    await picture("pharmacy-old-lots");
    await open("pharmacist", "allergy-since");
    await tap("dispense-person");
    await tap("proof-birth");
    await tap("receiver-person");
    await tap("hand-over-done");
    await by("despite-sheet").waitFor();
    await picture("pharmacy-despite");
    await open("pharmacist", "nothing-waits");
    await by("empty").first().waitFor();
    await picture("pharmacy-empty");
    await open("gp");
    await tap("rail-pharmacy");
    await tap("dispense-person");
    await picture("pharmacy-gp");
  },

  async stock() {
    await open("pharmacist");
    await tap("tab-stock");
    await by("stock-row").first().waitFor();
    await picture("stock");
    await tap("stock-receive");
    await picture("receive-start");
    await by("receive-search").fill("氨氯");
    await tap("receive-hit");
    await by("receive-lot").fill("A2511003");
    await by("receive-expiry").fill("202610");
    await by("receive-packs").fill("10");
    await picture("receive");
    await tap("receive-add");
    await picture("receive-line");
    await tap("receive-save");
    await by("stock-row").first().waitFor();
    await tap("stock-load");
    await by("load-row").first().waitFor();
    await tap("load-qty");
    await w.digits("28");
    await tap("amount-done");
    await picture("load");
    await open("pharmacist", "nothing-in-stock");
    await tap("tab-stock");
    await by("empty").waitFor();
    await picture("stock-empty");
    await open("pharmacist", "unreadable");
    await tap("tab-stock");
    await by("stock-error").waitFor();
    await picture("stock-unreadable");
  },

  async sync() {
    await open("gp");
    await tap("rail-sync");
    await by("conflict").first().waitFor();
    await picture("conflicts");
    await tap("tab-sync");
    await picture("sync");
    for (const state of ["amber", "sending", "at-center", "never-synced"]) {
      await open("gp", state);
      await tap("rail-sync");
      await tap("tab-sync");
      await by("sync-state").waitFor();
      await picture(`sync-${state}`);
    }
    await open("gp", "unreadable");
    await tap("rail-sync");
    await tap("tab-sync");
    await by("sync-status-error").waitFor();
    await picture("sync-unreadable");
    await open("pharmacist");
    await tap("rail-sync");
    await tap("tab-conflicts");
    await picture("conflicts-pharmacist");
  },
};

for (const [name, walk] of Object.entries(PARTS)) {
  if (only.length > 0 && !only.includes(name)) continue;
  try {
    await walk();
  } catch (error) {
    w.found.push(`${name} stopped: ${String(error).split("\n").slice(0, 4).join(" ")}`);
    await w.page.screenshot({ path: `${out}/stopped-${name}-${lang}-${mode}.png` });
  }
}
await w.close();
