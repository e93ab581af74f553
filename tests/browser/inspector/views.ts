// What the tests of comparing, voting, sliders and results share.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { example } from "./page";

export const PROMPT = "A cat with a crown on a velvet throne";
export const PICTURES = ["cat-on-throne.jpg", "hedgehog-party-hat.jpg", "pink-dragon.jpg"].map(example);

/** The field that takes files in the open view. */
export const dropField = (page: Page) => page.locator("main .drop input[type=file]").first();

/** Looks for what keeps people from using the page, in light and dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const { violations } = await new AxeBuilder({ page }).analyze();
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

/** Nothing is wider than the window. */
export async function expectNoOverflow(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}
