import { cleanup } from "@testing-library/svelte";
import { afterEach } from "vitest";

// Animations of headless components end at once: there is nothing to wait for in a test.
Element.prototype.getAnimations ??= () => [];

// The faked door to the program stays until the next test replaces it: what closes a page still talks to it.
afterEach(() => {
  cleanup();
  localStorage.clear();
});
