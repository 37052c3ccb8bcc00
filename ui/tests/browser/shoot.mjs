// Walks through the pages in a headless browser on the fake command table and leaves pictures.
// First: npx vite build --config tests/browser/vite.config.ts, then npx vite preview with the same config.
// usage: node tests/browser/shoot.mjs OUTDIR [zh|en] [normal|large]
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const [out = "shots", lang = "zh", mode = "normal"] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const problems = [];
page.on("console", (m) => m.type() === "error" && problems.push(m.text()));
page.on("pageerror", (e) => problems.push(String(e)));
await page.addInitScript(
  ([l, m]) => {
    localStorage.setItem("lang", l);
    localStorage.setItem("mode", m);
  },
  [lang, mode],
);

let axe = null;
const { readFileSync } = await import("node:fs");
try {
  axe = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
} catch {
  axe = null;
}

const by = (id) => page.locator(`[data-testid="${id}"]`);
async function look(name) {
  await page.waitForTimeout(350);
  await page.screenshot({ path: `${out}/${name}-${lang}-${mode}.png` });
  const found = await page.evaluate(() => {
    const bad = [];
    for (const el of document.querySelectorAll("button, input, select, textarea, a")) {
      const r = el.getBoundingClientRect();
      if (r.width > 0 && (r.height < 47.5 || r.width < 47.5)) {
        const label = el.closest("label, .find");
        if (!label)
          bad.push(
            `small ${el.dataset.testid ?? el.className} ${Math.round(r.width)}x${Math.round(r.height)}`,
          );
      }
      if (!el.dataset.testid) bad.push(`no testid: ${el.outerHTML.slice(0, 80)}`);
    }
    for (const el of document.querySelectorAll("body *")) {
      const s = getComputedStyle(el);
      const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
      if (own && parseFloat(s.fontSize) < 16) bad.push(`font ${s.fontSize} ${el.className}`);
      const clips = s.overflowX === "hidden" || s.overflow === "hidden";
      if (
        clips &&
        el.scrollWidth > el.clientWidth + 1 &&
        !el.className.includes?.("vh") &&
        el.clientWidth > 1
      )
        bad.push(`clipped ${el.tagName}.${el.className} ${el.scrollWidth}>${el.clientWidth}`);
      const r = el.getBoundingClientRect();
      if (own && r.right > innerWidth + 1) bad.push(`beyond the edge: ${el.textContent.trim().slice(0, 30)}`);
    }
    return [...new Set(bad)];
  });
  for (const f of found) console.log(`${name}: ${f}`);
  if (axe) {
    await page.evaluate(axe);
    const result = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
    for (const v of result.violations)
      if (["serious", "critical"].includes(v.impact))
        console.log(
          `${name}: axe ${v.id} ${v.nodes
            .map((n) => n.html.slice(0, 110))
            .slice(0, 3)
            .join(" || ")}`,
        );
  }
}
const open = (start) => page.goto(`http://127.0.0.1:5198/?start=${start}`);

await open("enrol");
await by("enrol-code").waitFor();
await look("enrol");
await open("locked");
await by("staff-s1").click();
for (const d of "135") await by(`pad-${d}`).click();
await look("lock");
await by("staff-s2").click();
await look("first-sign-in");
await open("gp");
await by("line-row").first().waitFor();
await look("today");
await by("search").fill("郑");
await by("search-hit").first().waitFor();
await look("search");
await by("search").fill("");
await by("walk-in").click();
await look("walk-in");
await by("walk-in-sheet-close").click();
await by("rail-patients").click();
await by("search").fill("郑桂叶");
await by("patient-hit").first().waitFor();
await look("patients");
await by("register").click();
await by("person-id-number").fill("331121195903120028");
await look("register");
await by("id-suggestion-use").click();
await by("person-name").fill("郑桂叶");
await by("register-save").click();
await look("duplicates");
await by("duplicate-open").first().click();
await by("timeline").waitFor();
await look("chart");
await by("edit-person").click();
await look("edit");
await by("edit-sheet-close").click();

await by("rail-today").click();
let taps = 0;
const tap = async (id) => {
  await by(id).first().click();
  taps++;
};
await tap("call-next");
await by("vital-pad").waitFor();
await look("consult-start");
for (const d of "1528876") await by(`pad-${d}`).click();
await tap("symptom-headache_dizziness");
await tap("adherence-intermittent");
await tap("reaction-no");
await tap("lifestyle-confirm");
await by("proposal-adopt").waitFor();
await look("consult");
await tap("proposal-adopt");
await tap("refill-all");
await page.waitForTimeout(300);
await look("consult-refilled");
await page.evaluate(() => document.querySelector("main").scrollTo(0, 10000));
await look("consult-bottom");
await by("prescribe").click();
await by("product-hit").nth(2).click();
await by("slot-morning-tap").click();
await page.waitForTimeout(300);
await look("prescribe");
await by("prescribe-sheet-close").click();
await tap("sign");
await by("page-today").waitFor();
console.log(`${lang}/${mode}: taps of a routine follow-up besides digits: ${taps}`);
await by("call-next").click();
await by("vital-pad").waitFor();
for (const d of "18811290") await by(`pad-${d}`).click();
await by("emergency-note").waitFor();
await look("consult-emergency");

await open("pharmacist");
await by("dispense-person").first().click();
await look("pharmacy");
await by("show-patient").click();
await look("show");
await by("show-close").click();
await by("tab-stock").click();
await look("stock");
await by("rail-sync").click();
await by("tab-conflicts").click();
await look("conflicts");
await by("tab-sync").click();
await look("sync");
for (const p of new Set(problems)) console.log(`console: ${p}`);
await browser.close();
