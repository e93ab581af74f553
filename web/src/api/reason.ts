// Why a call with a picture failed, where the browser does not say.
import { quality } from "./transport";
import { troubleOf, type Trouble } from "./trouble";

/**
 * A gateway may refuse a call before it has read all of a large picture and hang up; the browser then tells of a broken
 * connection only. A call without a picture is told the reason.
 */
export async function reasonOf(error: unknown): Promise<Trouble> {
  const trouble = troubleOf(error);
  if (trouble.kind !== "unreachable") return trouble;
  try {
    await quality.listScenarios({});
  } catch (reason) {
    return troubleOf(reason);
  }
  return { ...trouble, kind: "broken" };
}
