// Which view is open, by the address after `#`.
import { signal } from "@preact/signals";

export const routes = ["score", "compare", "vote", "results"] as const;
export type Route = (typeof routes)[number];

/** The view that `hash` names; the score where it names none. */
export function routeOf(hash: string): Route {
  const name = hash.replace(/^#\/?/, "").split(/[/?]/)[0];
  return routes.find((route) => route === name) ?? "score";
}

/** The address of a view. */
export const addressOf = (route: Route): string => (route === "score" ? "#/" : `#/${route}`);

export const route = signal<Route>(routeOf(location.hash));
addEventListener("hashchange", () => (route.value = routeOf(location.hash)));
