// The votes there are, and how well raters agree, with themselves and with each other.
import { useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";
import { between, consistency, exported, imported, leftShare, type Vote } from "../../agreement/votes";
import type { Interval } from "../../agreement/interval";
import { number, t } from "../../i18n";
import { saveFile } from "../../parts/saveFile";
import { TroubleNote } from "../../parts/TroubleNote";
import { forgetVotes, others, own, refused, send, sendTrouble, sent, waiting } from "./state";

export function Agreement({ votes }: { votes: Vote[] }) {
  const raters = [...new Set(votes.map((vote) => vote.rater))];
  return (
    <section class="card vote-agreement">
      <header>
        <h2>{t("agreement.title")}</h2>
        <div class="row">
          <Import />
          <button
            type="button"
            class="button"
            disabled={own.value.length === 0}
            onClick={() => saveFile("votes.jsonl", exported(own.value), "application/jsonl")}
          >
            {t("agreement.export")}
          </button>
          {votes.length > 0 && (
            <button type="button" class="button plain" onClick={forgetVotes}>
              {t("agreement.forget")}
            </button>
          )}
        </div>
      </header>
      {votes.length === 0 ? (
        <p class="quiet">{t("agreement.none")}</p>
      ) : (
        <>
          <Sending />
          <div class="scroll" role="region" aria-label={t("agreement.title")} tabIndex={0}>
            <table class="table vote-raters">
              <thead>
                <tr>
                  <th scope="col">{t("agreement.rater")}</th>
                  <th scope="col" class="number">
                    {t("agreement.votes")}
                  </th>
                  <th scope="col" class="number">
                    {t("agreement.ties")}
                  </th>
                  <th scope="col">{t("agreement.left")}</th>
                  <th scope="col">{t("agreement.self")}</th>
                </tr>
              </thead>
              <tbody>
                {raters.map((rater) => (
                  <Rater key={rater} name={rater} votes={votes.filter((vote) => vote.rater === rater)} />
                ))}
              </tbody>
            </table>
          </div>
          <Between votes={votes} />
        </>
      )}
    </section>
  );
}

function Rater({ name, votes }: { name: string; votes: Vote[] }) {
  const self = consistency(votes);
  const first = votes.filter((vote) => !vote.repeat);
  return (
    <tr data-rater={name}>
      <th scope="row">{name || t("agreement.unnamed")}</th>
      <td class="number">{number(first.length)}</td>
      <td class="number">{number(first.filter((vote) => vote.preferred === "tie").length)}</td>
      <td>
        <Figure told={leftShare(votes)} />
      </td>
      <td>
        {self ? (
          <>
            <Figure told={self} /> <span class="quiet">{t("agreement.repeats", { n: self.pairs })}</span>
          </>
        ) : (
          <span class="quiet">{t("agreement.noRepeats")}</span>
        )}
      </td>
    </tr>
  );
}

function Between({ votes }: { votes: Vote[] }) {
  const { raters, shared, alpha } = between(votes);
  if (raters.length < 2) return <p class="small quiet">{t("agreement.one")}</p>;
  return (
    <div class="vote-alpha">
      <p>
        <strong>{t("agreement.alpha")}</strong>{" "}
        {alpha ? (
          <>
            <Figure told={alpha} /> <span class="quiet">{t("agreement.shared", { n: shared })}</span>
          </>
        ) : (
          <span class="quiet">{t("agreement.noAlpha", { n: shared })}</span>
        )}
      </p>
      <p class="small quiet">{t("agreement.alphaExplain")}</p>
    </div>
  );
}

function Figure({ told }: { told: Interval | undefined }) {
  if (told === undefined) return <span class="quiet">–</span>;
  return (
    <span class="figure" title={t("agreement.interval")}>
      {number(told.value, 2)}{" "}
      <span class="quiet">
        [{number(told.low, 2)}, {number(told.high, 2)}]
      </span>
    </span>
  );
}

function Sending() {
  const gone = own.value.filter((vote) => sent.value.has(vote.id)).length;
  const [first] = refused.value.values();
  return (
    <div class="stack vote-sending" role="status">
      <p class="small quiet">
        {t("agreement.sent", { n: gone })}
        {waiting.value.length > 0 && ` ${t("agreement.waiting", { n: waiting.value.length })}`}
        {first !== undefined && ` ${t("agreement.refused", { n: refused.value.size, why: first })}`}
      </p>
      {sendTrouble.value ? (
        <TroubleNote trouble={sendTrouble.value} again={() => void send()} />
      ) : (
        waiting.value.length > 0 && (
          <button type="button" class="button" onClick={() => void send()}>
            {t("agreement.send")}
          </button>
        )
      )}
    </div>
  );
}

function Import() {
  const input = useRef<HTMLInputElement>(null);
  const told = useSignal("");
  const take = async () => {
    const said: string[] = [];
    for (const file of input.current?.files ?? []) {
      const { votes, bad } = imported(await file.text());
      const known = new Set([...own.value, ...others.value].map((vote) => vote.id));
      const fresh = votes.filter((vote) => !known.has(vote.id));
      others.value = [...others.value, ...fresh];
      said.push(t("agreement.imported", { n: fresh.length, file: file.name }));
      if (bad[0]) said.push(t("agreement.bad", { n: bad.length, line: bad[0].line, why: bad[0].why }));
    }
    told.value = said.join(" ");
    if (input.current) input.current.value = "";
  };
  return (
    <>
      <span class="small quiet" role="status">
        {told.value}
      </span>
      <button type="button" class="button" onClick={() => input.current?.click()}>
        {t("agreement.import")}
      </button>
      <input
        ref={input}
        class="unseen"
        type="file"
        accept=".jsonl,.ndjson,.json"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        data-import
        onChange={() => void take()}
      />
    </>
  );
}
