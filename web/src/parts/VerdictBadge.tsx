// What is to be done with a picture, as its scenario's rules say.
import type { Decision } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { Verdict } from "../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { t, type Key } from "../i18n";

const LOOKS: Record<string, string> = { accept: "well", review: "careful", reject: "bad" };

export function VerdictBadge({ decision }: { decision: Pick<Decision, "verdict" | "rules"> }) {
  return <VerdictName name={Verdict[decision.verdict].toLowerCase()} title={decision.rules.join("; ")} />;
}

/** By its name in JSON: "accept", "review" or "reject". */
export function VerdictName({ name, title }: { name: string; title?: string }) {
  const look = LOOKS[name];
  if (look === undefined) return null;
  return (
    <span class={`badge ${look}`} title={title || undefined}>
      {t(`verdict.${name}` as Key)}
    </span>
  );
}
