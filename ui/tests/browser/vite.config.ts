import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { plainScopes } from "../../build/plain-scopes.ts";
import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

// The window in an ordinary browser, on the fake command table: for looking at pages, never bundled.
const here = fileURLToPath(new URL(".", import.meta.url));
const shell = JSON.parse(
  readFileSync(new URL("../../../src-tauri/tauri.conf.json", import.meta.url), "utf8"),
) as {
  app: { security: { csp: Record<string, string> } };
};
// The shell's own content policy, but for the module graph's fetches of this preview.
const csp = Object.entries({ ...shell.app.security.csp, "connect-src": "'self'" })
  .map(([name, value]) => `${name} ${value}`)
  .join("; ");
export default defineConfig({
  root: here,
  build: { outDir: "../../node_modules/.harness", emptyOutDir: true, target: ["chrome87", "safari14.1"] },
  preview: { host: "127.0.0.1", port: 5198, strictPort: true, headers: { "Content-Security-Policy": csp } },
  plugins: [
    svelte({ configFile: fileURLToPath(new URL("../../svelte.config.js", import.meta.url)) }),
    plainScopes(),
  ],
  server: {
    host: "127.0.0.1",
    port: 5199,
    strictPort: true,
    fs: { allow: [fileURLToPath(new URL("../../..", import.meta.url))] },
  },
});
