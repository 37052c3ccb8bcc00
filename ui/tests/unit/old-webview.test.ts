import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  Reflect.deleteProperty(navigator, "language");
  vi.resetModules();
});

it("gives a web view without a locale a language that numbers can be written in", async () => {
  Object.defineProperty(navigator, "language", { configurable: true, value: "c" });
  expect(() => new Intl.NumberFormat(navigator.language)).toThrow();
  await import("../../src/app/old-webview");
  expect(new Intl.NumberFormat(navigator.language).format(1)).toBe("1");
});

it("leaves the language of any other as it is", async () => {
  Object.defineProperty(navigator, "language", { configurable: true, value: "en-GB" });
  await import("../../src/app/old-webview");
  expect(navigator.language).toBe("en-GB");
});
