import { waitFor } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { amountOf, isExpiry, isPast } from "../../src/features/stock/goods.svelte";
import { Refusal } from "../fake/table";
import { all, get, openWindow, sent, tap, user } from "./window";

it("reads expiries and amounts as they stand on the box", () => {
  expect(["2028-06", "2028-06-30", "2028", "2028-13", "2028-02-30"].map(isExpiry)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  expect([isPast("2026-10", "2026-11-24"), isPast("2026-11", "2026-11-24")]).toEqual([true, false]);
  expect([amountOf("10", 28, ""), amountOf("", 28, "5"), amountOf("x", 28, "")]).toEqual([280, 5, 0]);
});

async function addLine() {
  await tap("stock-receive");
  await user.type(await get("receive-search"), "氨氯");
  await tap("receive-hit");
  await user.type(await get("receive-lot"), "A2511003");
  await user.type(await get("receive-expiry"), "202806");
  await user.type(await get("receive-packs"), "10");
  await tap("receive-add");
}

it("receives goods line by line and saves them at once", async () => {
  const fake = openWindow("pharmacist");
  await tap("tab-stock");
  await addLine();
  await tap("receive-save");
  await waitFor(() => expect(sent(fake, "stock.receive")).toHaveLength(1));
  expect(sent(fake, "stock.receive")[0]).toEqual({
    lines: [
      {
        product: { id: "p1", name: "氨氯地平片", unit: "片" },
        lot_number: "A2511003",
        expiry: "2028-06",
        qty: 280,
      },
    ],
    onto_vehicle: false,
  });
  expect((await get("toast")).textContent).toContain("已保存");
});

it("keeps the lines when the save is refused, and over a look at another page", async () => {
  const fake = openWindow("pharmacist", (f) => (f.refuse["stock.receive"] = new Refusal("store.disk_full")));
  await tap("tab-stock");
  await addLine();
  await tap("receive-save");
  expect((await get("receive-error")).textContent).toContain("磁盘满了");
  await tap("rail-sync");
  await get("page-sync");
  await tap("rail-pharmacy");
  await tap("tab-stock");
  expect((await get("receive-line")).textContent).toContain("A2511003");
  fake.refuse = {};
  await tap("receive-save");
  await get("stock-row");
});

it("loads the vehicle from the center's store, lot by lot", async () => {
  const fake = openWindow("pharmacist");
  await tap("tab-stock");
  await tap("stock-load");
  await get("load-row");
  expect(sent(fake, "stock.on_hand").at(-1)).toMatchObject({ center_store: true });
  await tap("load-qty");
  for (const d of "56") await tap(`pad-${d}`);
  await tap("amount-done");
  await tap("load-save");
  await waitFor(() =>
    expect(sent(fake, "stock.load")[0]).toMatchObject({
      lines: [{ lot_number: "A2309110", qty: 56 }],
      vehicle: null,
    }),
  );
});

it("offers goods to nobody whose role has none", async () => {
  openWindow("gp");
  await tap("rail-pharmacy");
  await tap("tab-stock");
  await get("stock-row");
  expect([...all("stock-receive"), ...all("stock-load")]).toHaveLength(0);
});
