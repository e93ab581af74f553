// One row in full.
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { Components } from "../../parts/Components";
import { componentNames } from "../../parts/names";
import { Picture } from "../../parts/picture/Picture";
import { whole } from "../../parts/picture/view";
import { ScoreInterval } from "../../parts/ScoreInterval";
import { useSize } from "../../parts/useSize";
import { VerdictName } from "../../parts/VerdictName";
import { Waterfall } from "../../parts/Waterfall";
import { pick } from "../../state/pictures";
import { addressOf } from "../../state/route";
import { showScored } from "../score/state";
import { answerOf } from "./answer";
import { pictureIn } from "./pictures";
import { lineOf } from "./read";
import type { Row } from "./row";
import { folder, open } from "./state";
import { usePicture } from "./Thumbnail";

export function Detail({ row }: { row: Row }) {
  const answer = useAnswer(row);
  const url = usePicture(row.image) ?? reportThumbnail(row);
  return (
    <section class="card results-detail" aria-label={t("results.detail")}>
      <h2>{row.image}</h2>
      {url ? <Shown url={url} name={row.image} /> : <p class="small quiet">{t(folder.value.size > 0 ? "results.notInFolder" : "results.noFolder")}</p>}
      <p class="results-prompt">{row.prompt}</p>
      {row.error !== undefined ? (
        <p class="results-bad">
          {t("results.noScore")}: <span lang="en">{row.error}</span>
        </p>
      ) : (
        <Scored row={row} answer={answer} />
      )}
      <Carried row={row} />
    </section>
  );
}

/** The answer of the row's line, once it is read; undefined for a report's row. */
function useAnswer(row: Row): ScoreResponse | undefined {
  const [answer, setAnswer] = useState<ScoreResponse>();
  const file = open.value?.file;
  useEffect(() => {
    if (!file || row.error !== undefined) return;
    let gone = false;
    void lineOf(file, row).then((text) => gone || setAnswer(answerOf(JSON.parse(text))));
    return () => (gone = true);
  }, [file, row]);
  return answer;
}

function Shown({ url, name }: { url: string; name: string }) {
  const size = useSize(url);
  const view = useMemo(() => signal(whole), [url]);
  return <Picture src={url} alt={name} size={size} view={view} />;
}

function Scored({ row, answer }: { row: Row; answer: ScoreResponse | undefined }) {
  const missing = answer?.descriptors.filter(({ presence }) => presence !== undefined && presence < 0.5) ?? [];
  const values = Object.fromEntries(componentNames.map(([, field], i) => [field, row.components[i]])) as never;
  return (
    <>
      <ScoreInterval score={row.score} low={row.low} high={row.high} small />
      <div class="row">
        {row.verdict && <VerdictName name={row.verdict} title={answer?.decision?.rules.join("; ")} />}
        <span class="small quiet">
          {named("scenario", row.scenario)}
          {answer?.scenario && `, ${t("scenario.revision", { n: answer.scenario.revision })}`}
        </span>
      </div>
      <OpenInScore row={row} answer={answer} />
      {answer && (
        <>
          <h3>{t("lost.title")}</h3>
          <Waterfall lost={answer.pointsLost} score={answer.score} />
        </>
      )}
      <h3>{t("components.title")}</h3>
      <Components values={answer?.components ?? values} weights={answer?.scenario?.weights} />
      {missing.length > 0 && (
        <>
          <h3>{t("results.missing")}</h3>
          <ul class="results-missing" lang="en">
            {missing.map(({ descriptor, presence }) => (
              <li key={descriptor?.text}>
                {descriptor?.text} <span class="quiet small">{number(presence!, 2)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      <Severities row={row} />
    </>
  );
}

function Severities({ row }: { row: Row }) {
  const found = Object.entries(row.severities)
    .filter(([, severity]) => severity >= 0.05)
    .sort((a, b) => b[1] - a[1]);
  if (found.length === 0) return null;
  return (
    <>
      <h3>{t("results.severities")}</h3>
      <dl class="results-pairs">
        {found.map(([name, severity]) => (
          <div key={name}>
            <dt>{named("distortion", name)}</dt>
            <dd>{number(severity, 2)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Takes the picture and its answer to the score view, with regions, suggestions and sliders. */
function OpenInScore({ row, answer }: { row: Row; answer: ScoreResponse | undefined }) {
  const file = pictureIn(folder.value, row.image);
  if (!answer || !file) return null;
  const go = async () => {
    showScored(await pick(file), row.prompt, answer);
    location.hash = addressOf("score");
  };
  return (
    <button type="button" class="button" onClick={() => void go()}>
      {t("results.open")}
    </button>
  );
}

function Carried({ row }: { row: Row }) {
  const pairs = Object.entries(row.carried).filter(([, value]) => value !== "");
  if (pairs.length === 0) return null;
  return (
    <dl class="results-pairs">
      {pairs.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The small picture that a report carries of some of its rows. */
function reportThumbnail(row: Row): string | undefined {
  const report = open.value?.report;
  const shown = [...(report?.best ?? []), ...(report?.worst ?? [])].find((one) => one.row === row.line - 1);
  return shown && "jpeg" in shown.thumbnail ? `data:image/jpeg;base64,${shown.thumbnail.jpeg}` : undefined;
}
