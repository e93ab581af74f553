import { readFileSync } from "node:fs";
import { bytesOf, calls, cat, example, expect, files, fill, promptField, scoreButton, scored, test } from "./page";

test("a_picture_is_scored_and_its_stages_light_up_one_by_one", async ({ page }) => {
  await page.goto("./");
  // Other bytes than before, so that the gateway has measured none of it.
  const buffer = Buffer.concat([bytesOf("cat-on-throne.jpg"), Buffer.from(String(Date.now()))]);
  await files(page).setInputFiles({ name: "new.jpg", mimeType: "image/jpeg", buffer });
  await promptField(page).fill(cat.prompt);
  // Which stages had ended, each time that the list changed.
  await page.evaluate(() => {
    const seen: string[][] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const ended = [...document.querySelectorAll(".stage:not(.waiting)")].map((stage) => (stage as HTMLElement).dataset.stage ?? "");
      if (ended.length !== (seen.at(-1)?.length ?? 0)) seen.push(ended);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await scoreButton(page).click();
  await expect(page.getByRole("button", { name: "Cancel" })).toBeVisible();
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
  const seen = await page.evaluate(() => (window as unknown as { seen: string[][] }).seen);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.at(-1)).toHaveLength(7);
  await expect(page.locator(".stage", { hasText: "Regions" })).toContainText(/\d m?s|cached/);
  await expect(page.getByRole("status").filter({ hasText: "Scored" })).toHaveText(/Scored: \d+\.\d of 100/);
});

test("the_waterfall_goes_from_a_hundred_down_to_the_score", async ({ page }) => {
  await scored(page);
  const score = Number(await page.locator(".result .score-number strong").innerText());
  const [low, high] = (await page.locator(".result .score-words").innerText()).match(/\d+/g)!.map(Number) as [number, number];
  expect(low).toBeLessThanOrEqual(score);
  expect(high).toBeGreaterThanOrEqual(score);
  const rows = page.locator(".waterfall li");
  await expect(rows.first()).toContainText("100.0");
  await expect(rows.last()).toContainText(score.toFixed(1));
  const lost = (await page.locator(".waterfall .loss .waterfall-value").allInnerTexts()).map((text) => Number(text.replace("−", "")));
  // Each row is rounded to a tenth.
  expect(Math.abs(100 - lost.reduce((sum, points) => sum + points, 0) - score)).toBeLessThan(0.05 * (lost.length + 2));
  await expect(page.locator(".components li")).toHaveCount(5);
});

test("a_part_of_the_prompt_and_its_region_light_each_other", async ({ page }) => {
  await scored(page);
  const part = page.locator(".part", { has: page.getByText("throne", { exact: true }) });
  await part.hover();
  await expect(page.locator(".regions-dark")).toHaveCSS("opacity", "0.55");
  const lit = page.locator(".region.lit").first();
  await expect(lit).toBeAttached();
  await page.mouse.move(0, 0);
  await expect(page.locator(".regions-dark")).toHaveCSS("opacity", "0");
  await expect(page.locator(".part.lit")).toHaveCount(0);
  // By keyboard, the other way round.
  await page.getByRole("button", { name: /throne, \d/ }).first().focus();
  await expect(page.locator(".part.lit").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.locator(".region[aria-pressed=true]")).toHaveCount(1);
  await scoreButton(page).focus();
  await expect(page.locator(".part.lit").first()).toBeVisible();
});

test("what_the_picture_lacks_stands_first_and_what_was_counted_says_so", async ({ page }) => {
  await scored(page);
  const presences = (await page.locator(".part .part-presence").allInnerTexts()).map(Number);
  expect(presences[0]).toBeLessThan(0.75);
  await expect(page.locator(".part").first()).toContainText(/missing|doubtful/);
  expect(presences.at(-1)).toBeGreaterThanOrEqual(0.75);
  await expect(page.locator(".part", { hasText: "two candles" })).toContainText(/\d of 2/);
  await expect(page.locator(".attributes").first()).toContainText("dramatic lighting");
});

test("what_would_win_points_back_is_shown_where_it_has_a_place", async ({ page }) => {
  await scored(page);
  const gains = (await page.locator(".suggestion-points").allInnerTexts()).map(Number);
  expect(gains.length).toBeGreaterThan(1);
  expect(gains).toEqual([...gains].sort((a, b) => b - a));
  await expect(page.locator(".suggestion", { hasText: /^Stress “/ }).first()).toBeVisible();
  await page.getByRole("button", { name: /^Repaint where marked/ }).first().hover();
  await expect(page.locator(".regions-line")).toHaveAttribute("d", /^M/);
});

test("a_distortion's_map_lies_over_the_picture_as_opaque_as_one_likes", async ({ page }) => {
  await scored(page);
  await page.locator(".layers").getByRole("button", { name: "Distortions" }).click();
  const heat = page.locator("canvas.heat");
  await expect(heat).toBeVisible();
  const solid = () => heat.evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });
  expect(await solid()).toBeGreaterThan(0);
  await page.getByRole("slider", { name: "Opacity" }).fill("30");
  await expect(heat).toHaveCSS("opacity", "0.3");
  const which = page.getByRole("combobox", { name: "Which distortion" });
  const first = await which.inputValue();
  await which.selectOption({ index: 1 });
  expect(await which.inputValue()).not.toBe(first);
  await expect(page.locator(".peak[aria-pressed=true]")).toHaveCount(1);
  // The list chooses it too.
  await page.locator(".distortions ~ details summary").click();
  await page.locator(".distortion").last().click();
  await expect(page.locator(".distortion[aria-pressed=true]")).toHaveCount(1);
});

test("layers_move_with_the_picture_by_wheel_keys_drag_and_buttons", async ({ page }) => {
  await scored(page);
  const frame = page.locator(".picture-frame");
  const image = page.locator(".picture-plane img");
  const regions = page.locator("svg.regions");
  const inStep = async () => {
    const [a, b] = [await image.boundingBox(), await regions.boundingBox()];
    for (const side of ["x", "y", "width", "height"] as const) expect(Math.abs(a![side] - b![side])).toBeLessThan(1);
    return a!;
  };
  const start = await inStep();
  await page.getByRole("button", { name: "Closer" }).click();
  const closer = await inStep();
  expect(closer.width).toBeGreaterThan(start.width * 1.4);
  const box = (await frame.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.wheel(0, -300);
  await expect.poll(async () => (await inStep()).width).toBeGreaterThan(closer.width * 1.2);
  const before = await inStep();
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 - 80, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => (await inStep()).x).toBeLessThan(before.x - 40);
  const dragged = await inStep();
  await frame.focus();
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => (await inStep()).x).toBeGreaterThan(dragged.x + 20);
  await page.keyboard.press("0");
  await expect.poll(async () => Math.round((await inStep()).width)).toBe(Math.round(start.width));
});

test("two_fingers_zoom_the_picture", async ({ browser, baseURL }) => {
  const context = await browser.newContext({ baseURL, viewport: { width: 390, height: 844 }, hasTouch: true });
  const page = await context.newPage();
  await page.goto("./");
  await files(page).setInputFiles(cat.file);
  const image = page.locator(".picture-plane img");
  await image.scrollIntoViewIfNeeded();
  const start = (await image.boundingBox())!;
  const middle = { x: start.x + start.width / 2, y: start.y + start.height / 2 };
  const session = await context.newCDPSession(page);
  const fingers = (apart: number) => [-1, 1].map((side, id) => ({ id, x: middle.x + side * apart, y: middle.y }));
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(30) });
  for (const apart of [40, 55, 70, 90]) await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect.poll(async () => (await image.boundingBox())!.width).toBeGreaterThan(start.width * 1.8);
  await context.close();
});

test("a_described_use_says_how_it_was_read", async ({ page }) => {
  await page.goto("./");
  await fill(page, cat);
  await page.getByRole("button", { name: "Describe it" }).click();
  await page.getByRole("textbox", { name: "Where the picture will be used" }).fill("a label beside a museum case");
  await scoreButton(page).click();
  await expect(page.locator(".result")).toContainText("Heritage exhibit", { timeout: 60_000 });
  await expect(page.locator(".read-as li").first()).toContainText("%");
});

test("a_scenario_from_the_list_decides_what_is_to_be_done", async ({ page }) => {
  await page.goto("./");
  await fill(page, cat);
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("heritage-exhibit");
  await scoreButton(page).click();
  await expect(page.locator(".decision")).toHaveText(/^(Accept|Let a person look|Reject)/, { timeout: 60_000 });
  await expect(page.locator(".result")).toContainText("Heritage exhibit, revision 1");
});

test("what_an_answer_had_to_do_without_is_said_first", async ({ page }) => {
  await page.goto("./");
  await fill(page, { ...cat, prompt: "一只戴着王冠的猫" });
  await scoreButton(page).click();
  await expect(page.locator(".limits")).toContainText("without a language model only English is read", { timeout: 60_000 });
  await expect(page.locator(".stage.degraded")).toContainText("Prompt");
  await expect(page.locator(".stage.skipped")).toContainText("Local alignment");
  await expect(page.locator(".components")).toContainText("not measured");
});

test("an_example_brings_its_prompt_and_scenario", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: /^Example: A whimsical/ }).click();
  await expect(promptField(page)).toHaveValue(/crossing guard/);
  await expect(page.getByRole("combobox", { name: "Scenario" })).toHaveValue("education-poster");
  await expect(page.locator(".picture-plane img")).toBeVisible();
  await expect(scoreButton(page)).toBeEnabled();
});

test("a_picture_can_be_dropped_or_pasted", async ({ page }) => {
  await page.goto("./");
  const bytes = [...readFileSync(example("cat-on-throne.jpg"))];
  const transfer = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", { type: "image/jpeg" }));
    return data;
  }, bytes);
  await page.locator(".score-welcome .drop").dispatchEvent("drop", { dataTransfer: transfer });
  await expect(page.locator(".score-picked")).toContainText("dropped.jpg");
  await page.evaluate((bytes) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(bytes)], "pasted.jpg", { type: "image/jpeg" }));
    dispatchEvent(new ClipboardEvent("paste", { clipboardData }));
  }, bytes);
  await expect(page.locator(".score-picked")).toContainText("pasted.jpg");
});

test("a_call_can_be_given_up", async ({ page }) => {
  await page.goto("./");
  // Held back until it is given up.
  await page.route(calls("ScoreProgress"), () => undefined);
  await fill(page, cat);
  await scoreButton(page).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("heading", { name: "Cancelled" })).toBeVisible();
  await expect(scoreButton(page)).toBeEnabled();
});

test("the_whole_answer_can_be_copied_and_kept", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await scored(page);
  await page.getByText("Models and revision").click();
  await expect(page.locator(".models li").first()).toContainText("lexicon");
  await page.getByText("Raw answer").click();
  await page.getByRole("button", { name: "Copy" }).click();
  await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  const shown = Number(await page.locator(".result .score-number strong").innerText());
  expect(copied.score.toFixed(1)).toBe(shown.toFixed(1));
  expect(copied.regions[0].mask.counts.length).toBeGreaterThan(40);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download" }).click();
  const kept = await download;
  expect(kept.suggestedFilename()).toBe(`score-${copied.id}.json`);
  expect(JSON.parse(readFileSync(await kept.path(), "utf8"))).toEqual(copied);
});

test("what_was_scored_is_still_there_after_a_look_at_another_view", async ({ page }) => {
  await scored(page);
  await page.getByRole("link", { name: "Compare" }).click();
  await expect(page).toHaveURL(/#\/compare$/);
  await page.getByRole("link", { name: "Score", exact: true }).click();
  await expect(page.locator(".result")).toBeVisible();
});
