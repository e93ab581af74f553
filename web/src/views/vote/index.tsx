// Which of two? People's preferences, collected without bias.
import { t } from "../../i18n";
import { Agreement } from "./Agreement";
import { Calibrate } from "./Calibrate";
import { Reveal } from "./Reveal";
import { canUndo, current } from "./session";
import { Setup } from "./Setup";
import { end, leave, others, own, session, undo } from "./state";
import { Voting } from "./Voting";
import "./vote.css";

export default function Vote() {
  const now = session.value;
  const pair = now && current(now);
  if (now && pair) return <Voting session={now} pair={pair} />;
  const votes = [...own.value, ...others.value];
  return (
    <div class="vote">
      <h1 class="unseen">{t("view.vote")}</h1>
      {now ? (
        <section class="card vote-end">
          <h2>{t("vote.end.title")}</h2>
          <p class="quiet">{t(canUndo(now) ? "vote.end.send" : "vote.end.thanks")}</p>
          <div class="row">
            {canUndo(now) && (
              <>
                <button type="button" class="button primary" onClick={end}>
                  {t("vote.end.finish")}
                </button>
                <button type="button" class="button" onClick={undo}>
                  {t("vote.undo")}
                </button>
              </>
            )}
            {!canUndo(now) && (
              <button type="button" class="button primary" onClick={leave}>
                {t("vote.end.next")}
              </button>
            )}
          </div>
        </section>
      ) : (
        <Setup />
      )}
      {now && !canUndo(now) && <Reveal session={now} />}
      {(votes.length > 0 || !now) && <Agreement votes={votes} />}
      {votes.length > 0 && <Calibrate names={[...new Set(votes.map((vote) => vote.scenario))]} />}
    </div>
  );
}
