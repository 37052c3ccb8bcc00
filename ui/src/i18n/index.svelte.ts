// Every word on the screen comes from here: keys in zh.json and en.json, values filled in by name.
import { prefs } from "../app/prefs.svelte";
import en from "./en.json";
import zh from "./zh.json";

export type Key = keyof typeof zh;
export type Params = Record<string, unknown>;
const tables: Record<string, Record<string, string>> = { zh, en };

function lookup(key: string): string | undefined {
  return tables[prefs.lang]?.[key];
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => show(params[name]));
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(show).join(lookup("punct.list") ?? ", ");
  if (typeof value === "object") return "";
  return String(value);
}

export function t(key: Key, params: Params = {}): string {
  const one = Number(params.n) === 1 ? lookup(`${key}.one`) : undefined;
  return fill(one ?? lookup(key) ?? key, params);
}

export function has(key: string): boolean {
  return lookup(key) !== undefined;
}

/** A value of a list, such as `sex.female`. A value that a newer version wrote is shown as it stands. */
export function code(list: string, value: string | null | undefined): string {
  if (value === null || value === undefined || value === "") return "";
  return lookup(`${list}.${value}`) ?? value;
}

/** Text made of a stable code and its values, with names of fields put into words. */
export function coded(prefix: string, codeName: string, params: Params, fallback: Key): string {
  const words: Params = { code: codeName };
  for (const [name, value] of Object.entries(params)) {
    const list = name === "section" ? "section" : "field";
    words[name] = typeof value === "string" ? (lookup(`${list}.${value}`) ?? value) : value;
  }
  const text = lookup(`${prefix}.${codeName}`) ?? lookup(fallback) ?? codeName;
  return fill(text, words);
}
