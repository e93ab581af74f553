// The picture with its layers, and the choice of them.
import { useMemo } from "preact/hooks";
import type { ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { HeatLayer, worstOf } from "../../parts/picture/HeatLayer";
import { PeakLayer, type Peak } from "../../parts/picture/PeakLayer";
import { Picture } from "../../parts/picture/Picture";
import { RegionLayer, regionLabel } from "../../parts/picture/RegionLayer";
import { cssColourAt } from "../../theme/scale";
import type { PickedPicture } from "../../state/pictures";
import { foundIn, shownAmong, type Found } from "./findings";
import { answer, hovered, layer, opacity, pinned, shownDistortion, view, type Layer } from "./state";

export function Shown({ picture }: { picture: PickedPicture }) {
  const scored = answer.value;
  const found = useMemo(() => (scored ? foundIn(scored) : []), [scored]);
  const shown = layer.value === "distortions" ? shownAmong(found, shownDistortion.value) : undefined;
  return (
    <section class="shown" aria-label={t("score.picture")}>
      <Picture src={picture.url} alt={picture.name} size={picture} view={view}>
        {shown?.map && <HeatLayer map={shown.map} opacity={opacity.value} />}
        {scored && <RegionLayer answer={scored} size={picture} hovered={hovered} pinned={pinned} all={layer.value === "regions"} />}
        {layer.value === "distortions" && (
          <PeakLayer peaks={peaksOf(found, shown)} size={picture} chosen={shown?.name ?? null} onChoose={(name) => (shownDistortion.value = name)} />
        )}
      </Picture>
      {scored && <Layers scored={scored} found={found} shown={shown} />}
    </section>
  );
}

// Those that cost a point or more, and the one that is shown.
function peaksOf(found: Found[], shown: Found | undefined): Peak[] {
  return found.flatMap(({ name, peak, points, severity }, index) => {
    if (!peak || (points < 1 && name !== shown?.name)) return [];
    const label = t("peak.label", { what: named("distortion", name), severity: number(severity, 2) });
    return [{ name, label, mark: String(index + 1), x: peak.x, y: peak.y }];
  });
}

const layers: Layer[] = ["none", "regions", "distortions"];

function Layers({ scored, found, shown }: { scored: ScoreResponse; found: Found[]; shown: Found | undefined }) {
  return (
    <div class="layers">
      <div class="tabs" role="group" aria-label={t("layer.title")}>
        {layers.map((name) => (
          <button type="button" key={name} aria-pressed={layer.value === name} onClick={() => (layer.value = name)}>
            {t(`layer.${name}`)}
          </button>
        ))}
      </div>
      {layer.value === "regions" && <RegionNote scored={scored} />}
      {layer.value === "distortions" && (shown ? <Map found={found} shown={shown} /> : <p class="quiet small">{t("layer.noMaps")}</p>)}
    </div>
  );
}

// The name of what is pointed at; how to point at something, where nothing is.
function RegionNote({ scored }: { scored: ScoreResponse }) {
  const pointed = hovered.value ?? pinned.value;
  const region = pointed?.list === "region" ? scored.regions[pointed.index] : undefined;
  if (region) return <p class="small">{regionLabel(region)}</p>;
  const part = pointed?.list === "descriptor" ? scored.descriptors[pointed.index]?.descriptor?.text : undefined;
  if (part) return <p class="small" lang="en">{part}</p>;
  return <p class="quiet small">{t(scored.regions.length > 0 ? "layer.regionHelp" : "layer.noRegions")}</p>;
}

const scaleColours = [0, 0.25, 0.5, 0.75, 1].map(cssColourAt).join(", ");

function Map({ found, shown }: { found: Found[]; shown: Found }) {
  return (
    <div class="layers-map">
      <select class="input" aria-label={t("layer.which")} value={shown.name} onChange={(event) => (shownDistortion.value = event.currentTarget.value)}>
        {found
          .filter(({ map, peak }) => map ?? peak)
          .map(({ name }) => (
            <option key={name} value={name}>
              {named("distortion", name)}
            </option>
          ))}
      </select>
      {shown.map ? (
        <>
          <label class="layers-opacity small">
            {t("layer.opacity")}
            <input
              class="range"
              type="range"
              min="0"
              max="100"
              value={Math.round(opacity.value * 100)}
              onInput={(event) => (opacity.value = event.currentTarget.valueAsNumber / 100)}
            />
          </label>
          <div class="layers-scale small quiet">
            <span aria-hidden="true" style={{ background: `linear-gradient(90deg, ${scaleColours})` }} />
            {t("layer.scale", { worst: number(worstOf(shown.map), 2) })}
          </div>
        </>
      ) : (
        <p class="quiet small">{t("layer.noMap")}</p>
      )}
    </div>
  );
}

