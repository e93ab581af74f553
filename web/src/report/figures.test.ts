import { expect, test } from "vitest";
import { DATA, reportData } from "./data";
import { scaleOver } from "./figures";

test("a_scale_is_round_and_holds_its_values", () => {
  const scale = scaleOver([43, 71.5]);
  expect([scale.at(40), scale.at(50), scale.at(80)]).toEqual([0, 25, 100]);
  expect(scale.ticks).toEqual([40, 50, 60, 70, 80]);
  for (const values of [[50], [0], [100], []]) expect(scaleOver(values).ticks.length, String(values)).toBeGreaterThan(1);
});

test("a_report's_data_is_read_from_its_page_or_alone_and_from_nothing_else", () => {
  const data = JSON.stringify({ format: "cpaiqa-report-1", source: "</script" }).replaceAll("<", "\\u003c");
  expect(reportData(`<html><script type="application/json" id="${DATA}">${data}</script>`)?.source).toBe("</script");
  expect(reportData(data)?.source).toBe("</script");
  expect(reportData("{}")).toBeUndefined();
  expect(reportData("no json")).toBeUndefined();
});
