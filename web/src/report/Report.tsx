// The whole report: what it is about, its sections, and where it comes from.
import type { ComponentChildren } from "preact";
import { number, t } from "../i18n";
import { Boxes } from "./Boxes";
import { Cards, MarkSwitch } from "./Cards";
import type { ReportData } from "./data";
import { columnName, groupName, rankedGroups, told } from "./figures";
import { Heat } from "./Heat";
import { Radars } from "./Radars";
import { Ranking } from "./Ranking";
import { Rows } from "./Rows";
import { ComponentTable, ScoreTable } from "./Tables";
import { ReportTools } from "./ReportTools";
import { Verdicts } from "./Verdicts";
import "./report.css";
import "./plots.css";

export function Report({ data }: { data: ReportData }) {
  const title = t("report.title", { by: data.by.map(columnName).join(t("report.and")) });
  return (
    <div class="report">
      <header class="report-head">
        <div class="report-top">
          <p class="quiet small">{t("report.eyebrow")}</p>
          <ReportTools />
        </div>
        <h1>{title}</h1>
        <Tiles data={data} />
      </header>
      <main>{data.pictures > 0 ? <Sections data={data} /> : <Section id="empty" title={t("report.nothing")}>{null}</Section>}</main>
      <footer class="quiet small">
        <p>{t("report.from", { source: data.source, version: data.version })}</p>
      </footer>
    </div>
  );
}

function Sections({ data }: { data: ReportData }) {
  return (
    <>
      <Section id="ranking" title={t("compare.ranking")}>
        <Ranking data={data} />
        <p class="quiet small" lang="en">
          {data.method}.
        </p>
        <SmallGroups data={data} />
      </Section>
      <Section id="scores" title={t("report.scores")}>
        <p>{t("report.boxesExplain")}</p>
        <Boxes data={data} />
        <ScoreTable data={data} />
      </Section>
      <Section id="components" title={t("components.title")}>
        <p>{t("report.radarsExplain")}</p>
        <Radars data={data} />
        <ComponentTable data={data} />
      </Section>
      {data.types.length > 0 && (
        <Section id="distortions" title={t("report.distortions")}>
          <Heat data={data} />
        </Section>
      )}
      {data.groups.some((group) => group.verdicts) && (
        <Section id="verdicts" title={t("report.verdicts")}>
          <Verdicts data={data} />
        </Section>
      )}
      {data.best.length > 0 && (
        <Section id="best" title={t("report.best")}>
          <MarkSwitch />
          <Cards data={data} pictures={data.best} />
        </Section>
      )}
      {data.worst.length > 0 && (
        <Section id="worst" title={t("report.worst")}>
          <Cards data={data} pictures={data.worst} />
        </Section>
      )}
      <Section id="pictures" title={t("report.all")}>
        <Rows data={data} />
      </Section>
    </>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="card report-section" id={id} aria-labelledby={`${id}-heading`}>
      <h2 id={`${id}-heading`}>{title}</h2>
      {children}
    </section>
  );
}

function Tiles({ data }: { data: ReportData }) {
  const tiles: [string, string][] = [
    [t("report.pictures"), number(data.pictures)],
    [t("report.prompts"), number(data.prompts)],
    [t("report.groups"), number(data.groups.length)],
    [t("report.mean"), told(data.mean, 1)],
  ];
  if (data.failed > 0) tiles.push([t("report.failed"), number(data.failed)]);
  return (
    <dl class="report-tiles">
      {tiles.map(([what, figure]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{figure}</dd>
        </div>
      ))}
    </dl>
  );
}

const FEW = 10;

/** What to hold of intervals from a handful of pictures. */
function SmallGroups({ data }: { data: ReportData }) {
  const small = rankedGroups(data).filter(({ group }) => group.pictures < FEW);
  if (small.length === 0) return null;
  return <p class="quiet small">{t("report.few", { n: FEW, names: small.map(({ group }) => groupName(data, group)).join(", ") })}</p>;
}
