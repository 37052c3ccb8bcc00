// Opens the preview in a headless browser, takes pictures, and holds each page against the same audit as the
// end-to-end tests (tests/src/audit.js): targets, text sizes, clipping, axe.
import { mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const AXE = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const AUDIT = readFileSync(new URL("../../../tests/src/audit.js", import.meta.url), "utf8");
const ADDRESS = "http://127.0.0.1:5198/";
const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " +
  "--disable-component-update --disable-sync";

export async function look(out, lang, mode) {
  mkdirSync(out, { recursive: true });
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: FLAGS.split(" "),
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const found = [];
  page.on(
    "console",
    (m) => m.type() === "error" && !/404/.test(m.text()) && found.push(`console: ${m.text()}`),
  );
  page.on("pageerror", (e) => found.push(`page: ${e}`));
  await page.addInitScript(
    ([l, m]) => {
      localStorage.setItem("lang", l);
      localStorage.setItem("mode", m);
    },
    [lang, mode],
  );

  const by = (id) => page.locator(`[data-testid="${id}"]`);
  return {
    page,
    by,
    found,
    taps: 0,
    open: (start, ...cases) => {
      const query = new URLSearchParams([["start", start], ...cases.map((c) => ["case", c])]);
      return page.goto(`${ADDRESS}?${query}`);
    },
    async tap(id, nth = 0) {
      await by(id).nth(nth).click();
      if (!/^pad-\d$/.test(id)) this.taps++;
    },
    async digits(keys) {
      for (const key of keys) await by(`pad-${key}`).click();
    },
    async picture(name) {
      await page.mouse.move(0, 799);
      await page.waitForTimeout(250);
      await page.screenshot({ path: `${out}/${name}-${lang}-${mode}.png` });
      await page.evaluate(AXE);
      const lines = await page.evaluate(`new Promise((done) => (function () {${AUDIT}\n})(done))`);
      for (const line of lines) found.push(`${name}: ${line}`);
    },
    async close() {
      await browser.close();
      for (const line of new Set(found)) console.log(`${lang}/${mode} ${line}`);
    },
  };
}
