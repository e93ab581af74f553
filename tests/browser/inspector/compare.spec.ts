import { writeFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { calls, example, expect, test } from "./page";
import { PICTURES, PROMPT, dropField, expectAccessible, expectNoOverflow } from "./views";

async function ranked(page: Page, files: string[] = PICTURES): Promise<void> {
  await page.goto("./#/compare");
  await dropField(page).setInputFiles(files);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.getByRole("button", { name: /^Rank them/ }).click();
  await expect(page.getByRole("button", { name: /^Rank them/ })).toBeEnabled({ timeout: 80_000 });
}

const ranks = (page: Page) =>
  page.locator(".rank[data-score]").evaluateAll((rows) =>
    rows.map((row) => {
      const { name, score, best } = (row as HTMLElement).dataset;
      return { name: name!, score: Number(score), best: Number(best) };
    }),
  );

test("many_pictures_are_ranked_with_intervals_and_likelihoods", async ({ page }) => {
  await ranked(page);
  const all = await ranks(page);
  expect(all).toHaveLength(3);
  expect(all[0]!.name).toBe("cat-on-throne.jpg");
  expect([...all].sort((a, b) => b.score - a.score)).toEqual(all);
  expect(all.reduce((sum, { best }) => sum + best, 0)).toBeCloseTo(1, 9);
  await expect(page.locator(".rank .interval-line")).toHaveCount(3);
  await expect(page.locator(".compare-side.a")).toContainText("cat-on-throne.jpg");
});

test("the_differences_of_any_two_sum_to_the_lead_and_sides_can_be_changed", async ({ page }) => {
  await ranked(page);
  const [first, , third] = await ranks(page);
  await page.getByRole("button", { name: `Show ${third!.name} as B` }).click();
  await expect(page.locator(".compare-side.b")).toContainText(third!.name);
  const told = page.locator("[data-lead]");
  const lead = Number(await told.getAttribute("data-lead"));
  expect(lead).toBeCloseTo(first!.score - third!.score, 9);
  await expect(told).toContainText(`A leads B by ${lead.toFixed(1)} points`);
  const sum = async (side: string) =>
    (await page.locator(`.differences .for-${side} .difference-points`).allInnerTexts()).reduce((sum, text) => sum + Number(text), 0);
  expect(Math.abs((await sum("a")) - (await sum("b")) - lead)).toBeLessThan(1);
  // The same the other way round.
  await page.getByRole("button", { name: `Show ${third!.name} as A` }).click();
  expect(Number(await told.getAttribute("data-lead"))).toBeCloseTo(-lead, 9);
  await expect(told).toContainText("B leads A by");
});

test("both_pictures_are_zoomed_in_step", async ({ page }) => {
  await ranked(page, PICTURES.slice(0, 2));
  await page.getByRole("button", { name: "Closer" }).first().click();
  const zooms = await page.locator(".compare-pair .picture-plane").evaluateAll((planes) => planes.map((plane) => (plane as HTMLElement).style.getPropertyValue("--zoom")));
  expect(zooms).toEqual(["1.5", "1.5"]);
});

test("a_picture_that_fails_says_why_and_the_others_are_ranked", async ({ page }, info) => {
  const broken = info.outputPath("broken.png");
  writeFileSync(broken, "this is no picture");
  await ranked(page, [...PICTURES.slice(0, 2), broken]);
  expect(await ranks(page)).toHaveLength(2);
  await expect(page.locator(".rank.unscored")).toContainText("This is not a picture that can be scored");
  await page.getByRole("button", { name: "Remove broken.png" }).click();
  await expect(page.locator(".rank.unscored")).toHaveCount(0);
});

test("a_folder_gives_its_pictures_and_a_run_can_be_stopped", async ({ page }) => {
  await page.goto("./#/compare");
  await page.locator("input[webkitdirectory]").setInputFiles(example("."));
  await expect(page.locator(".rank.unscored")).toHaveCount(12);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.route(calls("Score"), () => undefined);
  await page.getByRole("button", { name: "Rank them (12)" }).click();
  await expect(page.locator(".scoring-progress")).toContainText("0 of 12");
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator(".scoring-progress")).toHaveCount(0);
  await expect(page.locator(".rank.unscored", { hasText: "not scored yet" })).toHaveCount(12);
});

test("a_gateway_that_is_down_is_told_once_for_all", async ({ page }) => {
  await page.goto("./#/compare");
  await dropField(page).setInputFiles(PICTURES);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.route(calls("Score"), (route) => route.abort("connectionrefused"));
  await page.getByRole("button", { name: /^Rank them/ }).click();
  await expect(page.getByRole("heading", { name: "The gateway cannot be reached" })).toHaveCount(1);
  await page.unroute(calls("Score"));
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator(".rank[data-score]")).toHaveCount(3, { timeout: 80_000 });
});

test("comparing_is_accessible_and_fits_a_phone", async ({ page }) => {
  await page.goto("./#/compare");
  await expect(dropField(page)).toBeAttached();
  await expectAccessible(page);
  await ranked(page);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoOverflow(page);
});
