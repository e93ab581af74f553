// A view whose code is fetched when it is opened.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { troubleOf, type Trouble } from "../api/trouble";
import { t } from "../i18n";
import { TroubleNote } from "./TroubleNote";

export function Lazy({ load }: { load: () => Promise<{ default: ComponentType }> }) {
  const [found, setFound] = useState<{ View?: ComponentType; trouble?: Trouble }>({});
  const fetch = () => {
    load().then(
      (module) => setFound({ View: module.default }),
      (error) => setFound({ trouble: { ...troubleOf(error), kind: "unreachable" } }),
    );
  };
  useEffect(fetch, []);
  if (found.View) return <found.View />;
  if (found.trouble) return <TroubleNote trouble={found.trouble} again={fetch} />;
  return <p class="quiet">{t("frame.loading")}</p>;
}
