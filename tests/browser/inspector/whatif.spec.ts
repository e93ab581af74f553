import { type Page } from "@playwright/test";
import { calls, expect, scored, test } from "./page";
import { expectAccessible, expectNoOverflow } from "./views";

const score = async (page: Page) => Number(await page.locator(".whatif-score").getAttribute("data-score"));

async function opened(page: Page): Promise<void> {
  await scored(page);
  await page.getByRole("button", { name: "What if" }).click();
  await expect(page.locator(".whatif-all tbody tr").first()).toBeVisible();
}

test("sliders_move_the_score_at_once_and_no_call_is_made", async ({ page }) => {
  await opened(page);
  const made: string[] = [];
  page.on("request", (request) => made.push(request.url()));
  const before = await score(page);
  expect(before.toFixed(1)).toBe(await page.locator(".whatif-all tr", { hasText: "in use" }).locator(".number").innerText());
  await page.getByRole("slider", { name: "Weight of Aesthetics" }).fill("0.9");
  const moved = await score(page);
  expect(Math.abs(moved - before)).toBeGreaterThan(0.5);
  await expect(page.locator(".whatif-moved")).toContainText(`was ${before.toFixed(1)}`);
  // Weights stay shares of a whole.
  const weights = await page.locator("fieldset", { hasText: "What counts" }).locator("output").allInnerTexts();
  expect(Math.abs(weights.reduce((sum, text) => sum + parseFloat(text), 0) - 100)).toBeLessThanOrEqual(2);
  for (const impact of await page.getByRole("slider", { name: "Impact of" }).all()) await impact.fill("1");
  expect(await score(page)).toBeLessThan(moved);
  await page.getByRole("button", { name: "Reset" }).click();
  expect(await score(page)).toBe(before);
  expect(made).toEqual([]);
});

test("the_page's_score_is_the_gateway's_under_every_scenario", async ({ page }) => {
  await opened(page);
  const rows = page.locator(".whatif-all tbody tr");
  const all = await rows.evaluateAll((rows) => rows.map((row) => ({ ...(row as HTMLElement).dataset })));
  expect(all.length).toBeGreaterThan(8);
  for (const { scenario, score: told } of all) {
    await page.getByLabel("Start from").selectOption(scenario!);
    expect(Math.abs((await score(page)) - Number(told)), scenario).toBeLessThan(1e-6);
  }
});

test("sliders_are_moved_by_keys", async ({ page }) => {
  await opened(page);
  const slider = page.getByRole("slider", { name: "Weight of Fidelity" });
  await slider.focus();
  const before = await slider.inputValue();
  await page.keyboard.press("ArrowRight");
  expect(Number(await slider.inputValue())).toBeGreaterThan(Number(before));
});

test("what_is_set_becomes_a_new_scenario_and_its_next_revision_and_a_conflict_is_told", async ({ page, browser, baseURL }) => {
  await opened(page);
  const name = `mine-${Date.now()}`;
  await page.getByRole("slider", { name: "Weight of Fidelity" }).fill("0.7");
  const set = await score(page);
  await page.getByLabel("As a new scenario").check();
  await page.getByLabel("Name", { exact: true }).fill("Not A Name");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Your name").fill("Ada");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`Saved: ${name} is at revision 1 now.`)).toBeVisible();
  // The gateway fuses as the page showed it.
  const row = page.locator(`.whatif-all tr[data-scenario="${name}"]`);
  expect(Math.abs(Number(await row.getAttribute("data-score")) - set)).toBeLessThan(1e-6);

  // Somebody else opens the same and is faster.
  const other = await (await browser.newContext({ baseURL, locale: "en-GB" })).newPage();
  await opened(other);
  const saved = async (page: Page, weight: string) => {
    await page.getByLabel("Start from").selectOption(name);
    await page.getByRole("slider", { name: "Weight of Fidelity" }).fill(weight);
    await page.getByLabel(/^As the next revision/).check();
    await page.getByRole("button", { name: "Save" }).click();
  };
  await saved(page, "0.3");
  await expect(page.getByText(`Saved: ${name} is at revision 2 now.`)).toBeVisible();
  await saved(other, "0.5");
  await expect(other.getByText("was revised while you were at it (you began at revision 1, the newest is 2)")).toBeVisible();
  await expect(other.getByRole("slider", { name: "Weight of Fidelity" })).toHaveValue("0.5");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText(`Saved: ${name} is at revision 3 now.`)).toBeVisible();
  await other.context().close();
});

test("a_gateway_that_goes_away_is_told_where_it_was_asked", async ({ page }) => {
  await scored(page);
  await page.route(calls("Rescore"), (route) => route.abort("connectionrefused"));
  await page.getByRole("button", { name: "What if" }).click();
  await expect(page.locator(".whatif").getByRole("heading", { name: "The gateway cannot be reached" })).toBeVisible();
  // The sliders need no gateway.
  await page.getByRole("slider", { name: "Weight of Fidelity" }).fill("0.9");
  await expect(page.locator(".whatif-moved")).toContainText("points");
});

test("what_if_is_accessible_and_fits_a_phone", async ({ page }) => {
  await opened(page);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoOverflow(page);
});
