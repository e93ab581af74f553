import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { cat, expect, promptField, scored, test } from "./page";

async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}

for (const scheme of ["light", "dark"] as const) {
  test(`axe_finds_nothing_serious_in_the_${scheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto("./");
    expect(await serious(page)).toEqual([]);
    await scored(page);
    await page.locator("details > summary").evaluateAll((all) => all.forEach((one) => (one as HTMLElement).click()));
    expect(await serious(page)).toEqual([]);
    await page.locator(".layers").getByRole("button", { name: "Distortions" }).click();
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "API key" }).click();
    expect(await serious(page)).toEqual([]);
  });
}

test("axe_finds_nothing_serious_in_chinese_on_a_phone", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await scored(page);
  await page.getByRole("button", { name: "中文" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await expect(page.getByRole("heading", { name: "扣分明细" })).toBeVisible();
  expect(await serious(page)).toEqual([]);
});

test("a_trouble_is_announced_and_readable", async ({ page }) => {
  await page.goto("./");
  await page.locator(".score-inputs input[type=file]").setInputFiles({ name: "a.png", mimeType: "image/png", buffer: Buffer.from("no") });
  await expect(page.getByRole("alert")).toBeVisible();
  expect(await serious(page)).toEqual([]);
});

test("a_picture_is_scored_without_a_mouse", async ({ page }) => {
  await page.goto("./");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the content" })).toBeFocused();
  await page.keyboard.press("Enter");
  const wanted = page.getByRole("button", { name: /^Example: A small plane/ });
  for (let step = 0; step < 20 && !(await wanted.evaluate((one) => one === document.activeElement)); step++) await page.keyboard.press("Tab");
  await expect(wanted).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(promptField(page)).toHaveValue(/skis/);
  await promptField(page).focus();
  await promptField(page).fill(cat.prompt);
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
});

test("language_and_theme_are_kept", async ({ page }) => {
  await page.goto("./");
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("button", { name: /^浅色或深色/ }).click();
  await page.getByRole("button", { name: /^浅色或深色/ }).click();
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page).toHaveTitle("评分 · CPA-IQA");
});

for (const width of [320, 390, 820, 1440]) {
  test(`nothing_is_wider_than_a_window_of_${width}`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await scored(page);
    const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await over()).toBe(0);
    await page.getByRole("button", { name: "中文" }).click();
    expect(await over()).toBe(0);
  });
}
