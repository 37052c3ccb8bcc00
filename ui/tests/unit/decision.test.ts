import { waitFor } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { ConsultForm } from "../../src/features/consult/consult-form.svelte";
import type { Proposal } from "../../src/types/generated";
import { all, get, openWindow, sent, tap, user } from "./window";

const proposal = (change: Partial<Proposal> = {}): Proposal => ({
  class: "controlled",
  due: "2027-02-24",
  urgent: false,
  refer: false,
  reasons: [],
  repeat_reading: false,
  target: { sys_below: 140, dia_below: 90, version: "1" },
  not_checked: [],
  rules_version: "1",
  sign_off: { state: "unsigned" },
  ...change,
});
const emergency = proposal({ class: "unsatisfactory", due: "2026-12-08", urgent: true, refer: true });

describe("an adopted proposal", () => {
  it("stands as long as the program proposes the same", () => {
    const form = new ConsultForm();
    form.adopt(proposal());
    expect(form.follow(proposal({ rules_version: "2" }))).toBe(false);
    expect(form.content().next_visit).toBe("2027-02-24");
    expect(form.draft.form).toMatchObject({ class: "controlled", rules_version: "2" });
    expect(form.obstacle()).toBeNull();
  });

  it.each([
    ["class", { class: "unsatisfactory" }],
    ["next visit", { due: "2026-12-08" }],
    ["referral", { refer: true }],
    ["urgency", { urgent: true }],
  ])("is withdrawn with its next visit when the %s differs", (_, change) => {
    const form = new ConsultForm();
    form.adopt(proposal());
    expect(form.follow(proposal(change))).toBe(true);
    expect(form.draft.form.class).toBeNull();
    expect(form.draft.form.class_proposed).toBeNull();
    expect(form.draft.form.next_visit).toBeNull();
    expect(form.draft.nextVisit).toBe("");
    expect(form.obstacle()).toEqual({ key: "obstacle.class_changed" });
    form.adopt(proposal(change));
    expect(form.obstacle()).toBeNull();
  });

  it("is withdrawn when there is no proposal any more, and then nothing has to be decided", () => {
    const form = new ConsultForm();
    form.adopt(proposal());
    expect(form.follow(null)).toBe(true);
    expect(form.draft.form.class).toBeNull();
    expect(form.obstacle()).toBeNull();
  });

  it("leaves a next visit that somebody chose otherwise", () => {
    const form = new ConsultForm();
    form.adopt(proposal());
    form.setNext("2027-01-05");
    form.follow(emergency);
    expect(form.draft.nextVisit).toBe("2027-01-05");
  });
});

it("keeps a class chosen with a reason, and names the newest proposal beside it", () => {
  const form = new ConsultForm();
  form.decide(proposal(), { class: "unsatisfactory", reason: "home readings", next: "2026-12-20" });
  expect(form.follow(emergency)).toBe(false);
  expect(form.draft.form).toMatchObject({
    class: "unsatisfactory",
    class_reason: "home readings",
    class_proposed: "unsatisfactory",
    next_visit: "2026-12-20",
  });
});

it("holds a class chosen without a reason to the proposal it agreed with", () => {
  const form = new ConsultForm();
  form.decide(proposal(), { class: "controlled", reason: "", next: "2027-01-05" });
  expect(form.follow(emergency)).toBe(true);
  expect(form.draft.form.class).toBeNull();
});

describe("a referral", () => {
  const where = { reason: "", to: "county hospital" };

  it("is as urgent as the newest proposal", () => {
    const form = new ConsultForm();
    form.refer(where, proposal({ refer: true }));
    form.follow(emergency);
    expect(form.draft.form.referral).toMatchObject({ to: "county hospital", urgent: true });
    form.follow(proposal({ refer: true }));
    expect(form.draft.form.referral).toMatchObject({ urgent: false });
  });

  it("that the proposal asked for goes with the adoption", () => {
    const form = new ConsultForm();
    form.refer(where, emergency);
    form.adopt(emergency);
    form.follow(proposal());
    expect(form.draft.form.referral).toBeNull();
  });

  it("of the doctor's own stays", () => {
    const form = new ConsultForm();
    form.refer(where, proposal());
    form.adopt(proposal());
    form.follow(proposal({ class: "unsatisfactory" }));
    expect(form.draft.form.referral).toMatchObject({ to: "county hospital" });
  });
});

async function visit(change?: Parameters<typeof openWindow>[1]) {
  const fake = openWindow("gp", change);
  await tap("call-next");
  await get("vital-pad");
  return fake;
}
async function retype(text: string) {
  await tap("vital-bp");
  for (let i = 0; i < 7; i++) await tap("pad-back");
  for (const d of text) await tap(`pad-${d}`);
}

it("signs no class of a pressure that was changed since", async () => {
  const fake = await visit();
  await retype("12882");
  await tap("proposal-adopt");
  await get("class-decided");
  await retype("190115");
  expect((await get("proposal-changed")).textContent).toContain("数据变了，请重新确认分级");
  expect(all("class-decided")).toHaveLength(0);
  await tap("sign");
  expect((await get("sign-obstacle")).dataset.code).toBe("obstacle.class_changed");
  await waitFor(() => expect(document.activeElement).toBe(all("proposal-adopt")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await tap("proposal-adopt");
  expect(all("proposal-changed")).toHaveLength(0);
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    hypertension: { class: "unsatisfactory", class_proposed: "unsatisfactory" },
  });
});

it("waits for the answer to the newest pressure before it signs", async () => {
  let late: (() => void) | undefined;
  const fake = await visit((f) => {
    const invoke = f.invoke.bind(f);
    f.invoke = (command, input) => {
      const bp = (input.bp as { sys: number }[] | undefined)?.[0];
      if (command !== "followup.hypertension" || bp?.sys !== 190) return invoke(command, input);
      return new Promise((done) => (late = () => done(invoke(command, input))));
    };
  });
  await retype("12882");
  await tap("proposal-adopt");
  await retype("190100");
  await tap("sign");
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  late?.();
  expect((await get("sign-obstacle")).dataset.code).toBe("obstacle.class_changed");
  expect(sent(fake, "visit.sign")).toHaveLength(0);
});

it("asks the rules about no pressure that no body has", async () => {
  const fake = await visit();
  await retype("19011");
  expect(sent(fake, "followup.hypertension")).toHaveLength(0);
  await tap("pad-5");
  await waitFor(() => expect(sent(fake, "followup.hypertension")).toHaveLength(1));
});

it("goes on from a draft with its decision as it was", async () => {
  const form = new ConsultForm();
  form.draft.hypertension = true;
  form.draft.texts.bp = "190/115";
  form.adopt(proposal());
  const fake = openWindow("gp", (f) => (f.draft = JSON.parse(JSON.stringify(form.draft)) as unknown));
  await tap("call-next");
  await get("proposal-changed");
  await user.click(await get("sign"));
  await get("sign-obstacle");
  expect(sent(fake, "visit.sign")).toHaveLength(0);
});

describe("a class chosen otherwise", () => {
  const opened = () => {
    const form = new ConsultForm();
    form.draft.hypertension = true;
    form.choose(proposal());
    return form;
  };

  it("stands in the way of the signature until it is confirmed or taken back", () => {
    const form = opened();
    form.draft.choice!.class = "unsatisfactory";
    expect(form.obstacle()).toEqual({ key: "obstacle.class_unconfirmed" });
    form.takeBackChoice();
    expect(form.obstacle()).toBeNull();
    form.choose(proposal());
    form.decide(proposal(), { class: "unsatisfactory", reason: "home readings", next: "" });
    expect(form.obstacle()).toBeNull();
  });

  it("does not when nothing in it differs from what is decided", () => {
    const form = new ConsultForm();
    form.draft.hypertension = true;
    form.adopt(proposal());
    form.choose(proposal());
    expect(form.obstacle()).toBeNull();
    form.draft.choice!.next = "2026-12-20";
    expect(form.obstacle()).toEqual({ key: "obstacle.class_unconfirmed" });
  });

  it("has to be decided anew when the program proposes otherwise meanwhile", () => {
    const form = opened();
    form.draft.choice!.class = "unsatisfactory";
    form.follow(proposal());
    expect(form.draft.choice?.class).toBe("unsatisfactory");
    form.follow(emergency);
    expect(form.draft.choice).toBeNull();
    expect(form.obstacle()).toEqual({ key: "obstacle.class_changed" });
  });
});

it("signs no class that is chosen and not confirmed: goes to what it lacks and sends nothing", async () => {
  const fake = await visit();
  await retype("12882");
  await tap("proposal-change");
  await tap("class-unsatisfactory");
  await tap("sign");
  const why = await get("sign-obstacle");
  expect(why.dataset.code).toBe("obstacle.class_unconfirmed");
  expect(why.textContent).toContain("选的分类还没有确认");
  await waitFor(() => expect(document.activeElement).toBe(all("class-reason")[0]));
  await user.type(await get("class-reason"), "家里量得高");
  expect(all("sign-obstacle")).toHaveLength(0);
  await tap("sign");
  await get("sign-obstacle");
  await waitFor(() => expect(document.activeElement).toBe(all("class-decide")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await tap("class-decide");
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    hypertension: { class: "unsatisfactory", class_reason: "家里量得高", class_proposed: "controlled" },
  });
});

it("signs without a chosen class once it is taken back, even when there is no proposal any more", async () => {
  const fake = await visit();
  await retype("12882");
  await tap("proposal-change");
  await tap("class-unsatisfactory");
  await tap("vital-bp");
  for (let i = 0; i < 7; i++) await tap("pad-back");
  await waitFor(() => expect(all("proposal")).toHaveLength(0));
  await tap("sign");
  await get("sign-obstacle");
  await waitFor(() => expect(document.activeElement).toBe(all("class-cancel")[0]));
  expect(sent(fake, "visit.sign")).toHaveLength(0);
  await tap("class-cancel");
  await tap("sign");
  await get("page-today");
  const content = sent(fake, "visit.sign")[0]?.content as { hypertension: { class?: unknown } };
  expect(content.hypertension.class ?? null).toBeNull();
});
