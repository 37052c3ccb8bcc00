// How this device shows things: language and letter size. Kept by the web view; holds no patient data.
export type Lang = "zh" | "en";

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A web view without storage still works; the choice just lasts until it closes.
  }
}

class Prefs {
  lang = $state<Lang>(read("lang") === "en" ? "en" : "zh");
  large = $state(read("mode") === "large");

  setLang(lang: Lang) {
    this.lang = lang;
    write("lang", lang);
    this.apply();
  }

  setLarge(large: boolean) {
    this.large = large;
    write("mode", large ? "large" : "normal");
    this.apply();
  }

  apply() {
    document.documentElement.lang = this.lang === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset.mode = this.large ? "large" : "normal";
  }
}

export const prefs = new Prefs();
