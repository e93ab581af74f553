// The frame: where one is, and what is set for the page as a whole.
import { useEffect } from "preact/hooks";
import { Lazy } from "./parts/Lazy";
import { KeyPanel, Tools } from "./parts/Tools";
import { t } from "./i18n";
import { addressOf, route, routes, type Route } from "./state/route";
import { Score } from "./views/score";

const views: Record<Exclude<Route, "score">, () => Promise<{ default: () => preact.JSX.Element }>> = {
  compare: () => import("./views/compare"),
  vote: () => import("./views/vote"),
  results: () => import("./views/results"),
};

function Brand() {
  return (
    <a class="frame-brand" href="#/">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="currentColor" />
        <path d="M8 21a8 8 0 0 1 16 0m-8 0 4.5-6" fill="none" stroke="var(--on-accent)" stroke-width="2.6" stroke-linecap="round" />
        <circle cx="16" cy="21" r="2.2" fill="var(--on-accent)" />
      </svg>
      <span>
        CPA-IQA <span>{t("frame.name")}</span>
      </span>
    </a>
  );
}

function Navigation() {
  return (
    <nav aria-label={t("frame.views")}>
      <div class="tabs">
        {routes.map((name) => (
          <a href={addressOf(name)} key={name} aria-current={route.value === name ? "page" : undefined}>
            {t(`view.${name}`)}
          </a>
        ))}
      </div>
    </nav>
  );
}

/** The whole page. */
export function App() {
  const open = route.value;
  useEffect(() => {
    document.title = `${t(`view.${open}`)} · CPA-IQA`;
  });
  return (
    <>
      <a class="button frame-skip" href="#content" onClick={skip}>
        {t("frame.skip")}
      </a>
      <header class="frame-head">
        <Brand />
        <Navigation />
        <Tools />
      </header>
      <KeyPanel />
      <main class="frame-main" id="content" tabIndex={-1}>
        {open === "score" ? <Score /> : <Lazy key={open} load={views[open]} />}
      </main>
    </>
  );
}

// The address after `#` names the view, so the content is focused without it.
function skip(event: Event) {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
