// What the answer rests on: what it had to do without, notes, models, and all of it as JSON.
import { useEffect, useState } from "preact/hooks";
import { toJson, type JsonValue } from "@bufbuild/protobuf";
import { ScoreResponseSchema, type Degradation, type ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, t } from "../../i18n";
import { Icon } from "../../parts/Icon";

export function Limits({ degraded }: { degraded: Degradation[] }) {
  return (
    <section class="card limits" aria-labelledby="limits-title">
      <h2 id="limits-title">{t("limits.title")}</h2>
      <ul class="stack small">
        {degraded.map(({ stage, reason }) => (
          <li key={stage}>
            <strong>{named("stage", stage)}</strong>: <span lang="en">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Notes({ notes }: { notes: string[] }) {
  return (
    <section class="card" aria-labelledby="notes-title">
      <h2 id="notes-title">{t("notes.title")}</h2>
      <ul class="stack small" lang="en">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

export function Models({ answer }: { answer: ScoreResponse }) {
  const { models, scenario, id } = answer;
  return (
    <details class="card">
      <summary>
        <h2>{t("models.title")}</h2>
      </summary>
      <dl class="facts small">
        {scenario && (
          <>
            <dt>{t("models.scenario")}</dt>
            <dd>
              {named("scenario", scenario.name)}, {t("scenario.revision", { n: scenario.revision })}
            </dd>
          </>
        )}
        <dt>{t("models.id")}</dt>
        <dd>
          <code>{id}</code>
        </dd>
      </dl>
      <ul class="models small">
        {models.map(({ role, name, version, sha256, provider }) => (
          <li key={`${role} ${name} ${provider}`}>
            <span class="quiet">{named("role", role)}</span>
            <span>
              {name} <span class="quiet">{[version, provider].filter(Boolean).join(", ")}</span>
              {sha256 && (
                <>
                  <br />
                  <code class="quiet" title={`${t("models.sum")}: ${sha256}`}>
                    {sha256.slice(0, 16)}…
                  </code>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}

// Long lists of numbers and long texts are of no use to a reader.
function shortened(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.length > 40 && typeof value[0] === "number" ? [...value.slice(0, 8), `… ${value.length - 8} more`] : value.map(shortened);
  }
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortened(inner)]));
  }
  return typeof value === "string" && value.length > 200 ? `${value.slice(0, 40)}… ${value.length - 40} more` : value;
}

export function Raw({ answer }: { answer: ScoreResponse }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{t("raw.title")}</h2>
      </summary>
      {open && <Json answer={answer} />}
    </details>
  );
}

function Json({ answer }: { answer: ScoreResponse }) {
  const [copied, setCopied] = useState<"" | "copied" | "failed">("");
  useEffect(() => setCopied(""), [answer]);
  const whole = () => JSON.stringify(toJson(ScoreResponseSchema, answer), null, 2);
  const copy = () => {
    navigator.clipboard?.writeText(whole()).then(
      () => setCopied("copied"),
      () => setCopied("failed"),
    ) ?? setCopied("failed");
  };
  const download = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([whole()], { type: "application/json" }));
    link.download = `score-${answer.id}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <div class="stack">
      <p class="quiet small">{t("raw.why")}</p>
      <div class="row">
        <button type="button" class="button" onClick={copy}>
          <Icon name={copied === "copied" ? "check" : "copy"} size={18} />
          {t(copied === "copied" ? "action.copied" : "action.copy")}
        </button>
        <button type="button" class="button" onClick={download}>
          <Icon name="download" size={18} />
          {t("action.download")}
        </button>
        <span class="small" role="status">
          {copied === "failed" && t("raw.copyFailed")}
        </span>
      </div>
      <pre class="raw" tabIndex={0} aria-label={t("raw.json")}>
        {JSON.stringify(shortened(toJson(ScoreResponseSchema, answer)), null, 2)}
      </pre>
    </div>
  );
}
