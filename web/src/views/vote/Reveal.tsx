// After the last pair: how often each picture was preferred, beside the score that nobody saw.
import { number, t } from "../../i18n";
import { voteAt, type Session } from "./session";
import { contestants } from "./state";

export function Reveal({ session }: { session: Session }) {
  const votes = session.answers.map((_, at) => voteAt(session, at)).filter((vote) => vote !== undefined);
  const first = votes.filter((vote) => !vote.repeat);
  if (first.length === 0) return null;
  const told = contestants.value.map((one) => {
    const mine = first.filter((vote) => vote.a === one.score.id || vote.b === one.score.id);
    const won = mine.filter((vote) => vote.preferred !== "tie" && vote[vote.preferred] === one.score.id).length;
    const ties = mine.filter((vote) => vote.preferred === "tie").length;
    return { ...one, seen: mine.length, won, share: mine.length > 0 ? (won + ties / 2) / mine.length : 0 };
  });
  told.sort((a, b) => b.share - a.share);
  const scores = new Map(contestants.value.map(({ score }) => [score.id, score.score]));
  const decided = first.filter((vote) => vote.preferred !== "tie");
  const agreeing = decided.filter((vote) => {
    const [winner, loser] = vote.preferred === "a" ? [vote.a, vote.b] : [vote.b, vote.a];
    return (scores.get(winner) ?? 0) > (scores.get(loser) ?? 0);
  });
  return (
    <section class="card">
      <header>
        <h2>{t("reveal.title")}</h2>
        {decided.length > 0 && <p class="small quiet">{t("reveal.agrees", { n: agreeing.length, all: decided.length })}</p>}
      </header>
      <ol class="reveal">
        {told.map((one) => (
          <li key={one.key}>
            <img src={one.url} alt="" />
            <span class="reveal-name" title={one.name}>
              {one.name}
            </span>
            <span class="small quiet">
              {t("reveal.won", { n: one.won, all: one.seen })}
              <br />
              {t("reveal.score", { score: number(one.score.score, 1) })}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
