// What both peers share: orders come as JSON lines on standard input and are answered, one after the other, by JSON
// lines on standard output; the workload's events become documents.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** The events of a file of the workload. */
export function events(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Answers orders by name until the input ends. */
export async function serve(orders) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { order, ...given } = JSON.parse(line);
    let answer;
    try {
      answer = { ok: (await orders[order](given)) ?? {} };
    } catch (error) {
      answer = { error: String(error?.stack ?? error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  process.exit(0);
}

/** Runs `work` and answers how long it took. */
export async function timed(work) {
  const began = performance.now();
  const more = await work();
  return { ms: performance.now() - began, ...more };
}
