// What a calibration with all votes would give, and its installation when a person wants it.
import { useSignal } from "@preact/signals";
import { admin } from "../../api/transport";
import { troubleOf, type Trouble } from "../../api/trouble";
import type { CalibrateScenarioResponse, Interval } from "../../gen/cpaiqa/admin/v1/admin_service_pb";
import { named, number, t } from "../../i18n";
import { TroubleNote } from "../../parts/TroubleNote";
import { author } from "../../state/author";
import { fetchScenarios } from "../../state/scenarios";

export function Calibrate({ names }: { names: string[] }) {
  const scenario = useSignal(names[0] ?? "");
  const [found, trouble] = [useSignal<CalibrateScenarioResponse | undefined>(undefined), useSignal<Trouble | undefined>(undefined)];
  const [busy, asking, comment] = [useSignal(false), useSignal(false), useSignal("")];
  const name = names.includes(scenario.value) ? scenario.value : (names[0] ?? "");
  const run = async (install: boolean) => {
    [busy.value, trouble.value, asking.value] = [true, undefined, false];
    try {
      const revision = found.value?.profile?.revision;
      const change = install ? { author: author.value, comment: comment.value, basedOn: revision } : undefined;
      found.value = await admin.calibrateScenario({ scenario: name, install, change });
      if (install) await fetchScenarios();
    } catch (error) {
      trouble.value = troubleOf(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <section class="card calibrate">
      <header>
        <h2>{t("calibrate.title")}</h2>
        <p class="small quiet">{t("calibrate.explain")}</p>
      </header>
      <div class="row">
        {names.length > 1 && (
          <select
            class="input calibrate-scenario"
            aria-label={t("scenario.title")}
            value={name}
            disabled={busy.value}
            onChange={(event) => {
              scenario.value = event.currentTarget.value;
              [found.value, asking.value] = [undefined, false];
            }}
          >
            {names.map((name) => (
              <option value={name} key={name}>
                {named("scenario", name)}
              </option>
            ))}
          </select>
        )}
        <button type="button" class="button" disabled={busy.value} onClick={() => void run(false)}>
          {t(busy.value ? "calibrate.running" : "calibrate.run", { scenario: named("scenario", name) })}
        </button>
      </div>
      {trouble.value && <TroubleNote trouble={trouble.value} />}
      {found.value && <Found found={found.value} />}
      {found.value?.installed !== undefined && (
        <p role="status">
          <span class="badge well">{t("calibrate.installed", { n: found.value.installed })}</span>
        </p>
      )}
      {found.value?.acceptable && found.value.installed === undefined && !asking.value && (
        <div class="row">
          <button type="button" class="button" disabled={busy.value} onClick={() => (asking.value = true)}>
            {t("calibrate.install")}
          </button>
        </div>
      )}
      {asking.value && found.value?.acceptable && (
        <form
          class="calibrate-confirm"
          onSubmit={(event) => {
            event.preventDefault();
            void run(true);
          }}
        >
          <p>{t("calibrate.confirm", { scenario: named("scenario", name) })}</p>
          <div class="field">
            <label for="calibrate-comment">{t("whatif.comment")}</label>
            <input class="input" id="calibrate-comment" value={comment.value} onInput={(event) => (comment.value = event.currentTarget.value)} />
          </div>
          <div class="row">
            <button type="submit" class="button primary">
              {t("calibrate.yes")}
            </button>
            <button type="button" class="button plain" onClick={() => (asking.value = false)}>
              {t("action.cancel")}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}

function Found({ found }: { found: CalibrateScenarioResponse }) {
  const { pairs, ties, leftOut, pictures, prompts, acceptable } = found;
  return (
    <div class="stack">
      <p>
        {t("calibrate.pairs", {
          pairs: number(Number(pairs)),
          ties: number(Number(ties)),
          pictures: number(Number(pictures)),
          prompts: number(Number(prompts)),
        })}
        {leftOut > 0n && ` ${t("calibrate.leftOut", { n: number(Number(leftOut)) })}`}{" "}
        <span class={acceptable ? "badge well" : "badge careful"}>{t(acceptable ? "calibrate.acceptable" : "calibrate.worse")}</span>
      </p>
      <table class="table calibrate-table">
        <thead>
          <tr>
            <td />
            <th scope="col">{t("calibrate.before")}</th>
            <th scope="col">{t("calibrate.after")}</th>
            <th scope="col">{t("calibrate.gain")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("calibrate.accuracy")}</th>
            <td>{range(found.accuracyBefore)}</td>
            <td>{range(found.accuracyAfter)}</td>
            <td>{range(found.accuracyGain)}</td>
          </tr>
          <tr>
            <th scope="row">{t("calibrate.loss")}</th>
            <td>{number(found.logLossBefore, 3)}</td>
            <td>{number(found.logLossAfter, 3)}</td>
            <td>{number(found.logLossAfter - found.logLossBefore, 3)}</td>
          </tr>
        </tbody>
      </table>
      {prompts < 10n && <p class="small quiet">{t("calibrate.few")}</p>}
    </div>
  );
}

function range(told: Interval | undefined) {
  if (!told) return "–";
  const short = (value: number) => number(value, 2);
  return (
    <>
      {short(told.value)} <span class="quiet">{`[${short(told.low)}, ${short(told.high)}]`}</span>
    </>
  );
}
