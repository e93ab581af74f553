// How far the scoring of several pictures is.
import { number, t } from "../i18n";
import type { Candidates } from "../state/candidates";
import "./scoring-progress.css";

export function ScoringProgress({ candidates }: { candidates: Candidates }) {
  if (!candidates.running.value) return null;
  const [done, all] = [candidates.done.value, candidates.all.value.length];
  return (
    <div class="row scoring-progress" role="status">
      <progress max={all} value={done} aria-label={t("compare.progress", { done: number(done), all: number(all) })} />
      <span class="small quiet">{t("compare.progress", { done: number(done), all: number(all) })}</span>
      <button type="button" class="button plain" onClick={() => candidates.stop()}>
        {t("compare.stop")}
      </button>
    </div>
  );
}
