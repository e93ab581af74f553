// Distortions, and what would win points back.
import { Action, type ScoreResponse, type Suggestion } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { foundIn, notAssessed, shownAmong, type Found } from "./findings";
import { layer, lighting, showDistortion, shownDistortion } from "./state";

export function Distortions({ answer }: { answer: ScoreResponse }) {
  const found = foundIn(answer);
  const weighty = found.filter(({ points }) => points >= 0.5);
  const absent = notAssessed(answer);
  const shown = layer.value === "distortions" ? shownAmong(found, shownDistortion.value)?.name : undefined;
  return (
    <section class="card" aria-labelledby="distortions-title">
      <h2 id="distortions-title">{t("distortions.title")}</h2>
      {weighty.length === 0 && <p class="quiet small">{t("distortions.none")}</p>}
      <ol class="distortions">
        {weighty.map((one, index) => (
          <Row key={one.name} one={one} place={index + 1} shown={one.name === shown} />
        ))}
      </ol>
      {found.length > weighty.length && (
        <details>
          <summary>{t("distortions.slight", { n: found.length - weighty.length })}</summary>
          <ol class="distortions">
            {found.slice(weighty.length).map((one, index) => (
              <Row key={one.name} one={one} place={weighty.length + index + 1} shown={one.name === shown} />
            ))}
          </ol>
        </details>
      )}
      {absent.length > 0 && (
        <p class="quiet small">{t("distortions.notAssessed", { list: absent.map((name) => named("distortion", name)).join(", ") })}</p>
      )}
    </section>
  );
}

function Row({ one, place, shown }: { one: Found; place: number; shown: boolean }) {
  const { name, severity, impact, points } = one;
  const what = named("distortion", name);
  return (
    <li>
      <button type="button" class="distortion" aria-pressed={shown} aria-label={t("distortions.show", { what })} onClick={() => showDistortion(name)}>
        <span class="distortion-place">{place}</span>
        <span class="distortion-name">{what}</span>
        <span class="distortion-points">{t("lost.points", { n: number(points, 1) })}</span>
        <span class="quiet distortion-facts">
          {t("distortions.severity", { n: number(severity, 2) })} · {t("distortions.impact", { n: number(impact, 2) })}
        </span>
      </button>
    </li>
  );
}

const actions = { [Action.UNSPECIFIED]: null, [Action.STRESS]: "stress", [Action.ADD]: "add", [Action.INPAINT]: "inpaint" } as const;

function said({ action, what }: Suggestion): string {
  const name = actions[action];
  if (name === null) return what;
  return t(`suggestions.${name}`, { what: name === "inpaint" ? named("distortion", what) : what });
}

export function Suggestions({ answer }: { answer: ScoreResponse }) {
  return (
    <section class="card" aria-labelledby="suggestions-title">
      <h2 id="suggestions-title">{t("suggestions.title")}</h2>
      {answer.suggestions.length === 0 && <p class="quiet small">{t("suggestions.none")}</p>}
      <ol class="suggestions">
        {answer.suggestions.map((one, index) => (
          <li key={index}>{one.bbox || one.mask ? <Placed one={one} index={index} /> : <Words one={one} />}</li>
        ))}
      </ol>
    </section>
  );
}

function Words({ one }: { one: Suggestion }) {
  return (
    <div class="suggestion">
      <span>{said(one)}</span>
      <span class="suggestion-points">{t("suggestions.points", { n: number(one.points, 1) })}</span>
    </div>
  );
}

// One that has a place in the picture, which lights up.
function Placed({ one, index }: { one: Suggestion; index: number }) {
  return (
    <button type="button" class="suggestion" {...lighting({ list: "suggestion", index })}>
      <span>{said(one)}</span>
      <span class="suggestion-points">{t("suggestions.points", { n: number(one.points, 1) })}</span>
    </button>
  );
}
