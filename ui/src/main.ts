import "./app/old-webview";
import { mount } from "svelte";
import App from "./App.svelte";
import { prefs } from "./app/prefs.svelte";
import "./design/tokens.css";
import "./design/base.css";

prefs.apply();
const target = document.getElementById("app");
if (target) mount(App, { target });
