import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { CASES } from "../fake/cases";
import { Refusal } from "../fake/table";
import { all, get, openWindow, sent, tap, user } from "./window";

it("three items are handed over with four taps", async () => {
  const fake = openWindow("pharmacist", (f) => (f.items = 3));
  await tap("dispense-person");
  expect(all("pick-row")).toHaveLength(3);
  await tap("proof-birth");
  await tap("receiver-person");
  await tap("hand-over-done");
  await waitFor(() => expect(sent(fake, "dispense.complete")).toHaveLength(1));
  expect((sent(fake, "dispense.complete")[0]?.items as unknown[]).length).toBe(3);
});

it("takes an amount by the keyboard, and says when it is too much", async () => {
  const fake = openWindow("pharmacist");
  await tap("dispense-person");
  await tap("pick-qty");
  await get("amount-sheet");
  await user.keyboard("30{Enter}");
  await waitFor(() => expect(all("amount-sheet")).toHaveLength(0));
  expect((await get("pick-row")).textContent).toContain("多 2 片");
  await tap("proof-id");
  await tap("receiver-person");
  await tap("hand-over-done");
  await waitFor(() =>
    expect(sent(fake, "dispense.complete")[0]?.items).toMatchObject([{ picks: [{ qty: 30 }] }, {}]),
  );
});

it("asks why an expired lot is handed out, and warns that the books go below zero", async () => {
  const fake = openWindow("pharmacist", CASES["old-lots"]);
  await tap("dispense-person");
  expect((await get("pick-below")).textContent).toContain("12");
  await tap("proof-id");
  await tap("receiver-person");
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
  await user.type(await get("expired-reason"), "本车只有这一批");
  // What is past its date is looked at by two people.
  expect((await get("hand-over-done")).hasAttribute("disabled")).toBe(true);
  await get("hands-second");
  await tap("hands-checker");
  await tap("hands-checker-s2");
  await tap("hand-over-done");
  await waitFor(() =>
    expect(sent(fake, "dispense.complete")[0]?.items).toMatchObject([
      { picks: [{ reason: "本车只有这一批" }] },
      { picks: [{ reason: null }] },
    ]),
  );
  expect(sent(fake, "dispense.complete")[0]).toMatchObject({ reviewer: "s3", picker: "s3", checker: "s2" });
});

it("offers the other lots of the shelf", async () => {
  openWindow("pharmacist");
  await tap("dispense-person");
  expect(all("pick-qty")).toHaveLength(2);
  await tap("pick-others");
  expect(all("pick-qty")).toHaveLength(3);
});

it("shows the line to a doctor, and nothing to hand out with", async () => {
  openWindow("gp");
  await tap("rail-pharmacy");
  await tap("dispense-person");
  await get("pick-row");
  for (const id of ["hand-over-done", "proof-birth", "pick-qty", "pick-skip"])
    expect(all(id)).toHaveLength(0);
});

it("shows the medicines to the patient", async () => {
  openWindow("pharmacist");
  await tap("dispense-person");
  await tap("show-patient");
  expect(all("show-medicine").map((m) => m.textContent)).toEqual([
    expect.stringContaining("氨氯地平片"),
    expect.stringContaining("二甲双胍缓释片"),
  ]);
});

async function handOver() {
  await tap("dispense-person");
  await tap("proof-birth");
  await tap("receiver-person");
  await tap("hand-over-done");
}

it("asks before it hands out against an allergy that the prescriber was not shown, and sends the reason", async () => {
  const fake = openWindow("pharmacist", (f) => (f.allergySince = true));
  await handOver();
  const sheet = await get("despite-sheet");
  expect(sheet.textContent).toMatch(/先打电话问开方医生.*氨氯地平/s);
  expect(all("despite-item")).toHaveLength(1);
  expect((await get("despite-hand")).hasAttribute("disabled")).toBe(true);
  // Waiting for the doctor sends nothing and throws nothing away.
  await tap("despite-wait");
  await waitFor(() => expect(all("despite-sheet")).toHaveLength(0));
  await tap("hand-over-done");
  await user.type(await get("despite-reason"), "已电话问过陈医生");
  expect(sent(fake, "dispense.complete")).toHaveLength(0);
  await tap("despite-hand");
  await waitFor(() =>
    expect(sent(fake, "dispense.complete")[0]?.items).toMatchObject([
      { override_reason: "已电话问过陈医生", seen: ["allergy.listed|1|severe"] },
      { override_reason: null, seen: [] },
    ]),
  );
});

it("leaves out what the allergy is about and hands out the rest", async () => {
  const fake = openWindow("pharmacist", (f) => (f.allergySince = true));
  await handOver();
  await tap("despite-skip");
  await waitFor(() => expect(all("despite-sheet")).toHaveLength(0));
  await tap("hand-over-done");
  await waitFor(() => expect(sent(fake, "dispense.complete")).toHaveLength(1));
  expect(sent(fake, "dispense.complete")[0]?.items).toMatchObject([{ prescription: "rxa11" }]);
});

it("asks about an allergy that came while the hand-over was open", async () => {
  const fake = openWindow("pharmacist");
  await tap("dispense-person");
  await tap("proof-birth");
  await tap("receiver-person");
  fake.allergySince = true;
  fake.refuse["dispense.complete"] = new Refusal("dispense.needs_reason");
  await tap("hand-over-done");
  expect((await get("despite-item")).textContent).toContain("氨氯地平");
  // A reason for one allergy is none for the next.
  await user.type(await get("despite-reason"), "以前吃过");
  fake.allergyKey = "allergy.listed|2|severe";
  fake.refuse["dispense.complete"] = new Refusal("dispense.warnings_changed");
  await tap("despite-hand");
  await waitFor(() => expect(all("despite-reason")[0]).toHaveProperty("value", ""));
  expect((await get("despite-error")).dataset.code).toBe("dispense.warnings_changed");
  fake.refuse = {};
  await user.type(await get("despite-reason"), "已问过医生");
  await tap("despite-hand");
  await waitFor(() => expect(all("despite-sheet")).toHaveLength(0));
  expect(sent(fake, "dispense.complete").at(-1)?.items).toMatchObject([
    { override_reason: "已问过医生", seen: ["allergy.listed|2|severe"] },
    {},
  ]);
});

it("records one person in every part of a dispensing, unless another is named", async () => {
  const fake = openWindow("pharmacist");
  await tap("dispense-person");
  expect((await get("counter-staff")).textContent).toMatch(/审方 雷志强.*调配 雷志强.*核对 雷志强/s);
  await tap("hands-change");
  await tap("hands-reviewer");
  await tap("hands-reviewer-s1");
  await tap("proof-birth");
  await tap("receiver-person");
  await tap("hand-over-done");
  await waitFor(() =>
    expect(sent(fake, "dispense.complete")[0]).toMatchObject({
      reviewer: "s1",
      picker: "s3",
      checker: "s3",
    }),
  );
});
