// The parts of the prompt, and whether the picture shows them.
import { AttributeSource, Judge } from "../../gen/cpaiqa/common/v1/prompt_pb";
import type { ScoredAttribute, ScoredDescriptor, ScoreResponse } from "../../gen/cpaiqa/quality/v1/quality_service_pb";
import { named, number, t } from "../../i18n";
import { attributeKind, descriptorKind, judgeName } from "../../parts/names";
import { descriptorsOf } from "../../parts/picture/links";
import { attributesIn, descriptorsIn, standing, type Standing } from "./findings";
import { hovered, lighting, pinned } from "./state";

/** What is said of a presence; nothing where all is well. */
export function StandingBadge({ of }: { of: Standing }) {
  if (of === "found") return null;
  if (of === "unknown") return <span class="badge">{t("prompt.notMeasured")}</span>;
  return <span class={of === "missing" ? "badge bad" : "badge careful"}>{t(`prompt.${of}`)}</span>;
}

export function PromptParts({ answer }: { answer: ScoreResponse }) {
  const all = descriptorsIn(answer);
  const found = all.filter(({ one }) => standing(one.presence) === "found").length;
  const lit = descriptorsOf(answer, hovered.value ?? pinned.value);
  return (
    <section class="card" aria-labelledby="parts-title">
      <header>
        <h2 id="parts-title">{t("prompt.title")}</h2>
        {all.length > 0 && <span class="quiet small">{t("prompt.found", { found, all: all.length })}</span>}
      </header>
      {all.length === 0 ? (
        <p class="quiet small">{t("prompt.none")}</p>
      ) : (
        <ul class="parts">
          {all.map(({ one, index }) => (
            <Part key={index} one={one} index={index} lit={lit.has(index)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Part({ one, index, lit }: { one: ScoredDescriptor; index: number; lit: boolean }) {
  const { descriptor, presence } = one;
  const kind = descriptor ? descriptorKind(descriptor.kind) : "";
  // Nearly all are judged by likeness; only what was judged otherwise says so.
  const judge = one.judgedBy === Judge.SIMILARITY ? "" : judgeName(one.judgedBy);
  const facts = [kind && named("kind", kind), judge && named("judge", judge), counted(one)].filter(Boolean).join(" · ");
  return (
    <li>
      <button type="button" class={lit ? "part lit" : "part"} {...lighting({ list: "descriptor", index })}>
        <span class="part-text">
          <span lang="en">{descriptor?.text}</span> <span class="quiet part-facts">{facts}</span>
        </span>
        <StandingBadge of={standing(presence)} />
        <span class="part-presence">{presence !== undefined && number(presence, 2)}</span>
      </button>
    </li>
  );
}

// "2 of 3", where something was counted.
function counted({ counted: found, descriptor }: ScoredDescriptor): string {
  if (found === undefined || descriptor?.count === undefined) return "";
  return t(descriptor.atLeast ? "prompt.countedAtLeast" : "prompt.counted", { found, asked: descriptor.count });
}

export function Attributes({ answer }: { answer: ScoreResponse }) {
  const { missing, shown } = attributesIn(answer);
  return (
    <section class="card" aria-labelledby="attributes-title">
      <h2 id="attributes-title">{t("attributes.title")}</h2>
      {missing.length + shown.length === 0 && <p class="quiet small">{t("attributes.none")}</p>}
      {missing.length > 0 && <AttributeList title={t("attributes.missing")} list={missing} />}
      {shown.length > 0 && <AttributeList title={t("attributes.shown")} list={shown} />}
    </section>
  );
}

function AttributeList({ title, list }: { title: string; list: ScoredAttribute[] }) {
  return (
    <>
      <h3 class="small quiet">{title}</h3>
      <ul class="attributes">
        {list.map(({ attribute, presence }) => {
          const kind = attribute ? attributeKind(attribute.kind) : "";
          const inferred = attribute?.source === AttributeSource.INFERRED;
          return (
            <li key={attribute?.text}>
              <span>
                <span lang="en">{attribute?.text}</span>{" "}
                <span class="quiet small">{[kind && named("kind", kind), inferred && t("attributes.inferred")].filter(Boolean).join(" · ")}</span>
              </span>
              <StandingBadge of={standing(presence)} />
              <span class="part-presence">{presence !== undefined && number(presence, 2)}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
