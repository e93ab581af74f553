// One picture: what it is worth for its use, and why.
import { useEffect, useRef } from "preact/hooks";
import { number, t } from "../../i18n";
import { Components } from "../../parts/Components";
import { Drop } from "../../parts/Drop";
import { Lazy } from "../../parts/Lazy";
import { TroubleNote } from "../../parts/TroubleNote";
import { Waterfall } from "../../parts/Waterfall";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { Distortions, Suggestions } from "./Costs";
import { Examples, Inputs } from "./Inputs";
import { Attributes, PromptParts } from "./PromptParts";
import { Limits, Models, Notes, Raw } from "./Provenance";
import { Result } from "./Result";
import { Shown } from "./Shown";
import { Stages } from "./Stages";
import { answer, choosePicture, missing, panel, picture, since, start, trouble } from "./state";
import "./score.css";
import "./findings.css";

export function Score() {
  const scored = answer.value;
  const failed = trouble.value;
  const shown = picture.value;
  const middle = useRef<HTMLDivElement>(null);
  // On a phone picture and score lie below what was filled in.
  useEffect(() => {
    if (since.value === null || !matchMedia("(max-width: 720px)").matches) return;
    middle.current?.firstElementChild?.scrollIntoView({ block: "start" });
  }, [since.value]);
  return (
    <div class={scored ? "score scored" : "score"}>
      <h1 class="unseen">{t("score.title")}</h1>
      <p class="unseen" role="status">
        {scored ? t("score.done", { score: number(scored.score, 1) }) : since.value !== null ? t("stages.title") : ""}
      </p>
      <div class="score-left">
        <Inputs />
      </div>
      <div class="score-middle" ref={middle}>
        {failed && <TroubleNote trouble={failed} again={missing.value === null ? () => void start() : undefined} />}
        {shown ? <Shown picture={shown} /> : <Welcome />}
        <Stages />
      </div>
      <div class={panel.value === "whatif" && scored ? "score-right one" : "score-right"}>
        {scored ? <Panels /> : <Empty />}
        {scored && (panel.value === "whatif" ? <Lazy load={() => import("../whatif")} /> : <Findings answer={scored} />)}
      </div>
    </div>
  );
}

function Welcome() {
  return (
    <div class="score-welcome">
      <h2>{t("score.title")}</h2>
      <p class="quiet">{t("score.intro")}</p>
      <Drop onFiles={([file]) => file && void choosePicture(file)} />
      <Examples />
    </div>
  );
}

function Empty() {
  return (
    <section class="score-empty quiet">
      <h2>{t(since.value === null ? "score.empty" : "result.title")}</h2>
      <p class="small">{t(since.value === null ? "score.emptyWhy" : "score.waiting")}</p>
    </section>
  );
}

function Panels() {
  return (
    <div class="tabs score-panels" role="group" aria-label={t("panel.title")}>
      {(["findings", "whatif"] as const).map((name) => (
        <button type="button" key={name} aria-pressed={panel.value === name} onClick={() => (panel.value = name)}>
          {t(`panel.${name}`)}
        </button>
      ))}
    </div>
  );
}

function Findings({ answer }: { answer: ScoreResponse }) {
  return (
    <>
      <Result answer={answer} />
      {answer.degraded.length > 0 && <Limits degraded={answer.degraded} />}
      <section class="card" aria-labelledby="lost-title">
        <h2 id="lost-title">{t("lost.title")}</h2>
        <Waterfall lost={answer.pointsLost} score={answer.score} />
      </section>
      <Suggestions answer={answer} />
      <section class="card" aria-labelledby="components-title">
        <h2 id="components-title">{t("components.title")}</h2>
        <Components values={answer.components} weights={answer.scenario?.weights} />
      </section>
      <PromptParts answer={answer} />
      {answer.descriptors.length + answer.attributes.length > 0 && <Attributes answer={answer} />}
      <Distortions answer={answer} />
      {answer.notes.length > 0 && <Notes notes={answer.notes} />}
      <Models answer={answer} />
      <Raw answer={answer} />
    </>
  );
}
