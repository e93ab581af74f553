// The stages of a call; each lights up when it ends.
import { Outcome, type Stage } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { duration, named, t } from "../../i18n";
import { Icon, type IconName } from "../../parts/Icon";
import { since, stages } from "./state";
import "./stages.css";

// In the order of the way of a request.
const usual = ["decomposition", "segmentation", "distortion", "global_alignment", "local_alignment", "scenario", "fusion"];

const outcomes = {
  [Outcome.UNSPECIFIED]: "ok",
  [Outcome.OK]: "ok",
  [Outcome.CACHED]: "cached",
  [Outcome.DEGRADED]: "degraded",
  [Outcome.FAILED]: "failed",
  [Outcome.SKIPPED]: "skipped",
} as const;

const icons: Record<(typeof outcomes)[Outcome], IconName> = {
  ok: "check",
  cached: "check",
  degraded: "warning",
  failed: "close",
  skipped: "minus",
};

export function Stages() {
  const ended = stages.value;
  if (since.value === null && ended.length === 0) return null;
  const others = ended.filter(({ name }) => !usual.includes(name) && name !== "total").map(({ name }) => name);
  const total = ended.find(({ name }) => name === "total");
  return (
    <section class="stages" aria-labelledby="stages-title">
      <h2 class="label" id="stages-title">
        {t("stages.title")}
        {total && <span class="quiet"> · {duration(total.milliseconds)}</span>}
      </h2>
      <ol>
        {[...usual, ...others].map((name) => (
          <OneStage key={name} name={name} stage={ended.find((stage) => stage.name === name)} />
        ))}
      </ol>
    </section>
  );
}

function OneStage({ name, stage }: { name: string; stage: Stage | undefined }) {
  const outcome = stage && outcomes[stage.outcome];
  return (
    <li class={outcome ? `stage ${outcome}` : "stage waiting"} data-stage={name}>
      <span class="stage-mark">{outcome && <Icon name={icons[outcome]} size={12} />}</span>
      <span class="stage-name">{named("stage", name)}</span>
      <span class="stage-time">
        {!outcome ? t("stages.waiting") : outcome === "ok" ? duration(stage.milliseconds) : t(`outcome.${outcome}`)}
        {outcome === "ok" && <span class="unseen"> {t("outcome.ok")}</span>}
      </span>
    </li>
  );
}
