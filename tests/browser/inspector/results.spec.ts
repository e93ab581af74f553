import { readFileSync, writeFileSync } from "node:fs";
import { type Page, type TestInfo } from "@playwright/test";
import { example, expect, test } from "./page";
import { dropField, expectAccessible, expectNoOverflow } from "./views";

/** A line as batch writes it, as far as the view reads it. */
function line(image: string, score: number, more: object = {}): string {
  return JSON.stringify({
    image,
    prompt: `what ${image} shows`,
    model: "m1",
    measurement_id: "00ff",
    score,
    interval: [Math.max(0, score - 12), Math.min(100, score + 12)],
    scenario: { name: "general", revision: 1, distribution: { general: 1 }, weights: { fidelity: 1 }, temperature: 9 },
    components: { global_alignment: 0.9, local_alignment: 0.5, attribute_consistency: null, fidelity: score / 100, aesthetics: 0.4 },
    points_lost: { fidelity: 100 - score },
    descriptors: [{ text: "a red hat", kind: "object", count: null, presence: 0.1, bbox: null, judged_by: "similarity" }],
    attributes: [],
    regions: [{ bbox: [10, 20, 100, 80], area: 0.2, stability: 0.9, descriptor: null }],
    distortions: [{ type: "edge_blur", severity: score < 50 ? 0.8 : 0.1, impact: 0.4, peak: [20, 20] }],
    degraded: [],
    notes: [],
    models: [],
    stages: [],
    ...more,
  });
}

const LINES = [
  line("cat-on-throne.jpg", 81.5),
  "this is no result",
  line("pink-dragon.jpg", 34.2, { verdict: { verdict: "reject", rules: ["reject: score < 60"] }, model: "m2" }),
  JSON.stringify({ image: "lost.png", prompt: "a lost picture", error: "no such file: lost.png" }),
  line("plane-in-snow.jpg", 62, { scenario: { name: "advertising", revision: 2 } }),
  JSON.stringify({ image: "half.png", prompt: "x", score: 400 }),
];

async function opened(page: Page, info: TestInfo, lines: string[] = LINES): Promise<void> {
  const file = info.outputPath("results.jsonl");
  writeFileSync(file, `${lines.join("\n")}\n`);
  await page.goto("./#/results");
  await dropField(page).setInputFiles(file);
  await expect(page.locator(".result[id]").first()).toBeVisible();
}

const names = async (page: Page) => (await page.locator(".result[id] .c-image").allInnerTexts()).map((text) => text.trim());

test("results_are_opened_and_lines_that_are_none_are_counted_and_named", async ({ page }, info) => {
  await opened(page, info);
  await expect(page.getByText("4 of 4 pictures")).toBeVisible();
  await page.getByText("Lines that are no results: 2; the first is line 2").click();
  await expect(page.getByText("Line 2: expected a JSON object")).toBeVisible();
  await expect(page.getByText("Line 6: expected a “score” from 0 to 100, or an “error”")).toBeVisible();
  await expect(page.locator(".result[id]", { hasText: "lost.png" })).toContainText("No score: no such file: lost.png");
});

test("rows_are_filtered_by_words_scenario_verdict_score_and_distortion", async ({ page }, info) => {
  await opened(page, info);
  const clear = page.getByRole("button", { name: "Show all" });
  await page.getByLabel("Words in name, prompt or columns").fill("DRAGON m2");
  expect(await names(page)).toEqual(["pink-dragon.jpg"]);
  await clear.click();
  await page.getByLabel("Scenario").selectOption("advertising");
  expect(await names(page)).toEqual(["plane-in-snow.jpg"]);
  await clear.click();
  await page.getByLabel("Verdict").selectOption({ label: "No score" });
  expect(await names(page)).toEqual(["lost.png"]);
  await clear.click();
  await page.getByLabel("Score from").fill("70");
  expect(await names(page)).toEqual(["cat-on-throne.jpg"]);
  await clear.click();
  await page.getByLabel("Distortion").selectOption({ label: "Edge blur" });
  expect(await names(page)).toEqual(["pink-dragon.jpg"]);
  await page.getByLabel(/^Severity from/).fill("0.1");
  expect(await names(page)).toHaveLength(3);
});

test("rows_are_sorted_by_any_column", async ({ page }, info) => {
  await opened(page, info);
  await page.getByRole("columnheader", { name: "Score" }).getByRole("button").click();
  expect(await names(page)).toEqual(["cat-on-throne.jpg", "plane-in-snow.jpg", "pink-dragon.jpg", "lost.png"]);
  await page.getByRole("columnheader", { name: "Score" }).getByRole("button").click();
  expect((await names(page))[0]).toBe("pink-dragon.jpg");
  await page.getByLabel("Sort by").selectOption({ label: "model" });
  expect((await names(page))[2]).toBe("pink-dragon.jpg");
  await expect(page.getByRole("columnheader", { name: "model" })).toHaveAttribute("aria-sort", "ascending");
});

test("a_row_is_shown_in_full_and_its_picture_opens_in_the_score_view", async ({ page }, info) => {
  await opened(page, info);
  await page.locator("input[webkitdirectory]").setInputFiles(example("."));
  await page.locator(".result[id]", { hasText: "pink-dragon.jpg" }).click();
  const detail = page.getByRole("region", { name: "The chosen picture" });
  await expect(detail.locator(".picture-plane img")).toBeVisible();
  await expect(detail).toContainText("what pink-dragon.jpg shows");
  await expect(detail).toContainText("34.2");
  await expect(detail).toContainText("a red hat");
  await expect(detail).toContainText("Reject");
  await expect(detail.locator(".waterfall")).toContainText("Fidelity");
  await detail.getByRole("button", { name: "Open in the score view" }).click();
  await expect(page).toHaveURL(/#\/$/);
  await expect(page.locator(".result .score-number")).toContainText("34.2");
  await expect(page.locator(".picture-plane img")).toBeVisible();
});

test("rows_are_walked_through_by_keys", async ({ page }, info) => {
  await opened(page, info);
  await page.getByRole("grid").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(".results-detail h2")).toHaveText("pink-dragon.jpg");
  await page.keyboard.press("End");
  await expect(page.locator(".results-detail h2")).toHaveText("plane-in-snow.jpg");
});

test("a_hundred_thousand_rows_stay_usable", async ({ page }, info) => {
  const lines = Array.from({ length: 100_000 }, (_, i) => line(`${i}.png`, (i * 7919) % 101, i % 2 ? { regions: [] } : {}));
  await opened(page, info, lines);
  await expect(page.getByText("100,000 of 100,000 pictures")).toBeVisible({ timeout: 60_000 });
  expect(await page.locator(".result[id]").count()).toBeLessThan(80);
  await page.getByRole("grid").focus();
  await page.keyboard.press("End");
  await expect(page.locator(".results-detail h2")).toHaveText("99999.png");
  await page.getByRole("columnheader", { name: "Score" }).getByRole("button").click();
  await page.getByRole("grid").evaluate((list) => (list.scrollTop = 0));
  await expect(page.locator(".result[id] .c-score").first()).toHaveText("100.0");
  await page.getByLabel("Words in name, prompt or columns").fill("77777");
  expect(await names(page)).toEqual(["77777.png"]);
});

test("a_report_is_opened_like_results", async ({ page }, info) => {
  const picture = readFileSync(example("cat-on-throne.jpg")).toString("base64");
  const row = (image: string, score: number) => ({
    group: 0,
    image,
    prompt: "a cat",
    scenario: "general",
    score,
    interval: [score - 5, score + 5],
    verdict: "accept",
    components: [0.5, 0.5, null, 0.5, 0.5],
    severities: [0.4],
  });
  const shown = { row: 1, points_lost: [], descriptors: [], attributes: [], distortions: [], thumbnail: { jpeg: picture, width: 350, height: 350 } };
  const data = { format: "cpaiqa-report-1", by: ["model"], types: ["edge_blur"], groups: [{ key: ["m1"] }], rows: [row("a.png", 50), row("b.png", 70)], best: [shown], worst: [] };
  const file = info.outputPath("report.html");
  writeFileSync(file, `<html><script type="application/json" id="report-data">${JSON.stringify(data)}</script></html>`);
  await page.goto("./#/results");
  await dropField(page).setInputFiles(file);
  await page.locator(".result[id]", { hasText: "b.png" }).click();
  const detail = page.getByRole("region", { name: "The chosen picture" });
  await expect(detail).toContainText("70.0");
  await expect(detail).toContainText("m1");
  await expect(detail.locator(".picture-plane img")).toBeVisible();
});

test("a_file_without_results_says_what_was_expected", async ({ page }, info) => {
  const file = info.outputPath("prompts.csv");
  writeFileSync(file, "image,prompt\na.png,a cat\n");
  await page.goto("./#/results");
  await dropField(page).setInputFiles(file);
  await expect(page.getByRole("alert")).toContainText("There is no result in prompts.csv. Expected a line of JSON for each picture");
});

test("results_are_accessible_and_fit_a_phone", async ({ page }, info) => {
  await page.goto("./#/results");
  await expect(dropField(page)).toBeAttached();
  await expectAccessible(page);
  await opened(page, info);
  await page.locator(".result[id]").first().click();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoOverflow(page);
});
