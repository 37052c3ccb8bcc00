// What a web view may lack and the components use: array methods before Chrome 97, and a language where the
// system has no locale. WebKitGTK then calls its language "c", which is no language tag and makes every
// number format throw that asks for it.
type Lacking = { at?: unknown; findLast?: unknown };
const list = Array.prototype as Lacking;

if (!list.at) {
  Object.defineProperty(list, "at", {
    configurable: true,
    writable: true,
    value(this: unknown[], index: number) {
      return this[index < 0 ? this.length + index : index];
    },
  });
}
if (!list.findLast) {
  Object.defineProperty(list, "findLast", {
    configurable: true,
    writable: true,
    value(this: unknown[], test: (item: unknown, index: number, all: unknown[]) => boolean) {
      for (let i = this.length - 1; i >= 0; i--) if (test(this[i], i, this)) return this[i];
      return undefined;
    },
  });
}

function isTag(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}

if (!isTag(navigator.language)) {
  Object.defineProperty(navigator, "language", { configurable: true, get: () => "zh-CN" });
}

export {};
