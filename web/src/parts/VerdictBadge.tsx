// What is to be done with a picture, as its scenario's rules say.
import type { Decision } from "../gen/cpaiqa/quality/v1/quality_service_pb";
import { Verdict } from "../gen/cpaiqa/scenario/v1/scenario_service_pb";
import { VerdictName } from "./VerdictName";

export function VerdictBadge({ decision }: { decision: Pick<Decision, "verdict" | "rules"> }) {
  return <VerdictName name={Verdict[decision.verdict].toLowerCase()} title={decision.rules.join("; ")} />;
}
