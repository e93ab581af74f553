// A verdict in words.
import { t, type Key } from "../i18n";

const LOOKS: Record<string, string> = { accept: "well", review: "careful", reject: "bad" };

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
