import { svelte } from "@sveltejs/vite-plugin-svelte";
import { plainScopes } from "./build/plain-scopes.ts";
import { defineConfig } from "vitest/config";

// Chrome 87 is the oldest Android WebView that still gets on the road; assets are hashed so that the
// shell may cache them for ever; nothing is inlined, so that the strict content policy holds.
export default defineConfig({
  plugins: [svelte(), plainScopes()],
  build: {
    target: ["chrome87", "safari14.1"],
    outDir: "dist",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  resolve: process.env.VITEST ? { conditions: ["browser"] } : {},
  test: {
    environment: "happy-dom",
    include: ["tests/unit/**/*.test.ts"],
    setupFiles: ["tests/unit/setup.ts"],
    css: false,
  },
});
