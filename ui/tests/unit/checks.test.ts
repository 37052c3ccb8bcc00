import { render } from "@testing-library/svelte";
import { expect, it } from "vitest";
import CheckAlerts from "../../src/components/CheckAlerts.svelte";
import CheckNotes from "../../src/components/CheckNotes.svelte";
import DiagnosisCard from "../../src/features/consult/DiagnosisCard.svelte";
import type { ConsultForm } from "../../src/features/consult/consult-form.svelte";
import type { Checked, ProblemView } from "../../src/types/generated";
import { all } from "./window";

function found(interrupts: boolean): Checked {
  const warning = (substance: string) => ({
    code: "allergy.listed",
    key: substance,
    interrupts,
    params: { substance, group: null, level: "block", note: "" },
  });
  return {
    warnings: [warning("青霉素"), warning("阿莫西林")],
    not_checked: [],
    rules_version: "2026.2",
    sign_off: { state: "unsigned" },
    quantity: null,
  };
}

it("shows each of two warnings of one code", () => {
  render(CheckAlerts, { checked: found(true) });
  expect(all("warning-interrupts")).toHaveLength(2);
  expect(all("warning-interrupts")[1]?.textContent).toContain("阿莫西林");
  render(CheckNotes, { checked: found(false) });
  expect(all("warning-margin")).toHaveLength(2);
});

it("offers each of two problems of one code", () => {
  const problem = (id: string, name: string): ProblemView => ({
    id,
    problem: { code: "I10", name, status: "active" } as ProblemView["problem"],
  });
  const form = { draft: { diagnoses: [], findings: "", note: "", plan: "" } } as unknown as ConsultForm;
  render(DiagnosisCard, { form, problems: [problem("1", "高血压"), problem("2", "原发性高血压")] });
  expect(all("diagnosis-usual")).toHaveLength(2);
});
