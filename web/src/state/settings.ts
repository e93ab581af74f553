// What a person has set for the page as a whole: language, theme, API key.
import { effect, signal } from "@preact/signals";
import { kept } from "./kept";

export type Language = "en" | "zh";
export type Theme = "system" | "light" | "dark";

const spoken: Language = typeof navigator !== "undefined" && navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

export const language = kept<Language>(() => localStorage, "language", spoken, ["en", "zh"]);
export const theme = kept<Theme>(() => localStorage, "theme", "system", ["system", "light", "dark"]);
/** Sent with every call as `authorization: Bearer KEY`; empty for none. Forgotten with the tab. */
export const apiKey = kept<string>(() => sessionStorage, "key", "");
/** Whether the field for the key is open: by the menu, or because a call was refused without one. */
export const askingForKey = signal(false);

/** Makes the document follow language and theme. */
export function followSettings(): void {
  effect(() => {
    document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  });
  effect(() => {
    if (theme.value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme.value;
  });
}
