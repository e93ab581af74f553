// Says things in the language that is set.
import { language } from "../state/settings";
import { en } from "./en";
import { zh } from "./zh";

/** The key of something that can be said. */
export type Key = keyof typeof en;
/** What fills the `{places}` of a phrase. */
export type Places = Record<string, string | number>;

const phrases: Record<"en" | "zh", Record<Key, string>> = { en, zh };

/** The phrase under `key`; a component that calls this is drawn anew when the language changes. */
export function t(key: Key, places: Places = {}): string {
  return phrases[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

/** Whether `key` can be said. */
const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** The phrase for a name that the gateway gives, such as `edge_blur`; the name itself, with spaces, where we know none. */
export function named(area: "component" | "distortion" | "stage" | "scenario" | "kind" | "judge" | "role", name: string): string {
  const key = `${area}.${name}`;
  return isKey(key) ? t(key) : name.replaceAll("_", " ").replaceAll("-", " ");
}

/** What cost points is a component or a distortion; this says either. */
export function namedLoss(name: string): string {
  return isKey(`component.${name}`) ? named("component", name) : named("distortion", name);
}

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");

/** A number with so many decimals, as the language writes it. */
export function number(value: number, decimals = 0): string {
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value);
}

/** A share, [0, 1], in per cent. */
export function percent(share: number, decimals = 0): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: decimals }).format(share);
}

/** A duration given in milliseconds: "< 1 ms", "840 ms", "3.6 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return t("unit.ms", { n: "< 1" });
  if (milliseconds < 999.5) return t("unit.ms", { n: number(milliseconds) });
  return t("unit.s", { n: number(milliseconds / 1000, milliseconds < 99_950 ? 1 : 0) });
}

/** A time of day, with the day where it is not today's; of an instant in milliseconds since 1970. */
export function timeOfDay(instant: number): string {
  const today = new Date(instant).toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), today ? { timeStyle: "medium" } : { dateStyle: "full", timeStyle: "short" }).format(instant);
}
