// Promises about the sources themselves.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "../../src/i18n/en.json";
import zh from "../../src/i18n/zh.json";

const root = join(__dirname, "../..");
function files(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)],
  );
}
const sources = files(join(root, "src")).filter(
  (f) => /\.(svelte|ts)$/.test(f) && !f.endsWith("generated.ts"),
);
const text = (f: string) => readFileSync(f, "utf8");
const zhTable: Record<string, string> = zh;
const enTable: Record<string, string> = en;

describe("words", () => {
  it("both languages have the same keys, and each says something", () => {
    const plain = Object.keys(enTable).filter((k) => !k.endsWith(".one"));
    expect(plain.sort()).toEqual(Object.keys(zhTable).sort());
    for (const one of Object.keys(enTable).filter((k) => k.endsWith(".one"))) {
      expect(zhTable).toHaveProperty([one.slice(0, -4)]);
    }
    for (const [key, value] of [...Object.entries(zhTable), ...Object.entries(enTable)]) {
      expect(value.trim(), key).not.toBe("");
    }
  });

  it("both languages fill in the same values", () => {
    const names = (s: string) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();
    const differ = Object.keys(zhTable).filter((k) => {
      const known = new Set(names(enTable[k] ?? ""));
      return names(zhTable[k] ?? "").some((n) => !known.has(n));
    });
    expect(differ).toEqual([]);
  });

  it("no Chinese stands in the code", () => {
    const found = sources.filter((f) => /[\u3400-\u9fff]/.test(text(f).replace(/\/\/.*$/gm, "")));
    expect(found).toEqual([]);
  });

  it("every refusal of the domain has words", () => {
    const rust = text(join(root, "../crates/model/src/error.rs"));
    const list = /CODES: &'static \[&'static str\] = &\[(.*?)\]/s.exec(rust)?.[1] ?? "";
    const codes = [...list.matchAll(/"([a-z0-9_.]+)"/g)].map((m) => m[1]!);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((c) => !(`errors.${c}` in zhTable))).toEqual([]);
  });
});

describe("what the rules say", () => {
  const codes = (file: string, pattern: RegExp) => {
    const found = [...text(join(root, "../crates/model/src", file)).matchAll(pattern)].map((m) => m[1]!);
    expect(found.length).toBeGreaterThan(4);
    return [...new Set(found)];
  };

  it("every rule of the follow-up has words", () => {
    const rules = codes("followup/hypertension/rules.rs", /"(htn\.[a-z_]+)"/g);
    expect(rules.filter((c) => !(`rule.${c}` in zhTable))).toEqual([]);
  });

  it("every reason why somebody is due has words", () => {
    // An ordinary follow-up that is due says so by its programme and date alone.
    const reasons = codes("due.rs", /"(due\.[a-z_]+)"/g).filter(
      (c) => !/due\.(followup|hypertension_)/.test(c),
    );
    expect(reasons.filter((c) => !(`reason.${c}` in zhTable))).toEqual([]);
  });
});

describe("markup", () => {
  it("no inline style attribute stands in a template", () => {
    expect(sources.filter((f) => /\sstyle="/.test(text(f)))).toEqual([]);
  });

  it("no field takes the focus a frame late, from under somebody's fingers", () => {
    expect(sources.filter((f) => /\sautofocus[\s>]/.test(text(f).replace(/\/\/.*$/gm, "")))).toEqual([]);
  });

  it("every button and field has a test id", () => {
    const bare: string[] = [];
    for (const f of sources.filter((s) => s.endsWith(".svelte"))) {
      const markup = text(f)
        .replace(/<script[\s\S]*?<\/script>/g, "")
        .replace(/<style[\s\S]*?<\/style>/g, "");
      for (const m of markup.matchAll(/<(button|input|select|textarea)\b/g)) {
        const rest = markup.slice(m.index, m.index + 700);
        const end = rest.search(/\n\s*>|[^=]>\s*\n|\/>|<\//);
        if (!rest.slice(0, end < 0 ? 700 : end + 1).includes("data-testid"))
          bare.push(`${f}: ${rest.slice(0, 60)}`);
      }
    }
    expect(bare).toEqual([]);
  });
});

it("the README lists every test id that stands in the sources", () => {
  const readme = text(join(root, "README.md"));
  const missing = sources
    .filter((s) => s.endsWith(".svelte"))
    .flatMap((f) => [...text(f).matchAll(/testid="([^"]+)"/g)].map((m) => m[1]!.replace(/\{[^}]*\}/g, "*")))
    .filter((id) => id !== "*" && !readme.includes(`\`${id}\``));
  expect([...new Set(missing)]).toEqual([]);
});
