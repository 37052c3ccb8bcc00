import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { Refusal } from "../fake/table";
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

it("prefills nothing that is measured or asked", async () => {
  await visit();
  expect((await get("vital-bp-value")).textContent).toBe("—");
  expect(all("symptom-none")[0]?.getAttribute("aria-pressed")).toBe("false");
  expect(all("adherence-regular")[0]?.getAttribute("aria-pressed")).toBe("false");
});

it("signs pressure, answers and the adopted proposal together, and says saved from the answer", async () => {
  const fake = await visit();
  await digits("1528876");
  await tap("symptom-headache_dizziness");
  await tap("adherence-intermittent");
  await tap("reaction-no");
  await tap("lifestyle-confirm");
  await tap("proposal-adopt");
  await tap("sign");
  await get("page-today");
  expect((await get("toast")).textContent).toContain("已保存");
  const content = sent(fake, "visit.sign")[0]?.content;
  expect(content).toMatchObject({
    vitals: { bp: [{ sys: 152, dia: 88 }], pulse: 76 },
    hypertension: {
      symptoms: ["headache_dizziness"],
      adherence: "intermittent",
      adverse_reaction: { present: false },
      class: "unsatisfactory",
      class_proposed: "unsatisfactory",
      lifestyle: { smoking: { current: 0, confirmed_unchanged: true } },
    },
  });
});

it("keeps the form and says why when a signature is refused", async () => {
  await visit(
    (fake) =>
      (fake.refuse["visit.sign"] = new Refusal("conflict.unsettled", {
        section: "person",
        field: "blood_group",
      })),
  );
  await digits("15288");
  await tap("sign");
  expect((await get("sign-error")).textContent).toContain("血型");
  await get("sign-error-conflicts");
  expect(all("toast")).toHaveLength(0);
});

it("says that the draft is kept only once it is", async () => {
  const fake = await visit();
  await user.type(await get("note"), "嘱");
  expect((await get("draft-state")).dataset.state).toBe("pending");
  await waitFor(() => expect(all("draft-state")[0]?.dataset.state).toBe("kept"), { timeout: 3000 });
  expect(sent(fake, "visit.save_draft").length).toBeGreaterThan(0);
});

it("asks for a second reading when the rules do, and keeps both", async () => {
  const fake = await visit();
  await digits("188112");
  await tap("bp-repeat");
  await tap("sign-none");
  await digits("17698");
  await tap("sign");
  await get("page-today");
  expect(sent(fake, "visit.sign")[0]?.content).toMatchObject({
    vitals: {
      bp: [
        { sys: 188, dia: 112 },
        { sys: 176, dia: 98 },
      ],
    },
  });
});

it("interrupts on a listed allergy and asks for a reason", async () => {
  const fake = await visit();
  await tap("prescribe");
  await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(2));
  await user.click(all("product-hit")[2]!);
  await tap("slot-morning-tap");
  await get("warning-interrupts");
  await get("not-checked");
  expect((await get("prescription-add")).hasAttribute("disabled")).toBe(true);
  await user.type(await get("override-reason"), "皮试阴性");
  await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
  await tap("prescription-add");
  await waitFor(() => expect(sent(fake, "prescription.add")).toHaveLength(1));
  expect(sent(fake, "prescription.add")[0]).toMatchObject({
    override_reason: "皮试阴性",
    seen: ["allergy.listed|1|block"],
    order: { days: 7, quantity: 7 },
  });
});

it("checks again and asks for a new reason when a warning came since", async () => {
  const fake = await visit(
    (f) => (f.refuse["prescription.add"] = new Refusal("prescription.warnings_changed")),
  );
  await tap("prescribe");
  await waitFor(() => expect(all("product-hit").length).toBeGreaterThan(2));
  await user.click(all("product-hit")[2]!);
  await tap("slot-morning-tap");
  await get("warning-interrupts");
  await user.type(await get("override-reason"), "皮试阴性");
  await waitFor(() => expect(all("prescription-add")[0]?.hasAttribute("disabled")).toBe(false));
  const before = sent(fake, "prescription.check").length;
  await tap("prescription-add");
  expect((await get("prescribe-error")).textContent).toContain("新的提醒");
  await waitFor(() => expect(sent(fake, "prescription.check")).toHaveLength(before + 1));
  expect(((await get("override-reason")) as HTMLInputElement).value).toBe("");
  expect((await get("prescription-add")).hasAttribute("disabled")).toBe(true);
});

it("refills every current medicine with one tap", async () => {
  const fake = await visit();
  await tap("refill-all");
  await waitFor(() => expect(sent(fake, "prescription.add")).toHaveLength(2));
  expect(all("prescription-row")).toHaveLength(2);
  const days = sent(fake, "prescription.add").map((i) => (i.order as { days: number }).days);
  expect(days).toEqual([28, 28]);
});
