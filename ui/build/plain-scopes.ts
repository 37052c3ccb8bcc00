// Svelte scopes nested selectors with :where(), which Chrome 87 does not know and would drop with its rule.
// The class alone scopes as well.
import type { Plugin } from "vite";

export function plainScopes(): Plugin {
  return {
    name: "plain-scopes",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "asset" || !file.fileName.endsWith(".css")) continue;
        file.source = String(file.source).replace(/:where\((\.svelte-[\w-]+)\)/g, "$1");
      }
    },
  };
}
