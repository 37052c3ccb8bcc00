// What web views older than Chrome 97 lack and the headless components use.
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
