import { readFileSync, writeFileSync } from "node:fs";
import { type Page } from "@playwright/test";
import { calls, example, expect, test } from "./page";
import { PICTURES, PROMPT, dropField, expectAccessible, expectNoOverflow } from "./views";

const FOUR = [...PICTURES, example("plane-in-snow.jpg")];

async function begun(page: Page, { prompt = PROMPT, files = FOUR, rater = "Ada" } = {}): Promise<void> {
  if (files.length > 0) await dropField(page).setInputFiles(files);
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByLabel("Your name or pseudonym").fill(rater);
  await page.getByRole("button", { name: "Score them, then begin" }).click();
  await expect(page.locator(".voting")).toBeVisible({ timeout: 80_000 });
}

/** The pictures that stand there now: what they look like, for they have no names. */
const shown = (page: Page) => page.locator(".voting-pair img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).src));

/** Answers all pairs by preferring what comes first in `order`; gives back what was shown. */
async function voteAll(page: Page, order: string[]): Promise<string[][]> {
  const seen: string[][] = [];
  while (await page.locator(".voting").isVisible()) {
    const [left, right] = (await shown(page)) as [string, string];
    for (const url of [left, right]) if (!order.includes(url)) order.push(url);
    seen.push([left, right]);
    await page.keyboard.press(order.indexOf(left) < order.indexOf(right) ? "1" : "2");
  }
  return seen;
}

test("pairs_are_blind_and_a_repeat_with_sides_swapped_finds_the_same_answer", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => calls("AddPreference").test(request.url()) && sent.push(request.url()));
  await page.goto("./#/vote");
  await begun(page);
  expect(await page.locator("main").innerText()).not.toMatch(/cat-on-throne|\.jpg|\d\d\.\d/);
  await expect(page.locator(".voting-progress")).toContainText("Pair 1 of 7");
  const seen = await voteAll(page, []);
  expect(seen).toHaveLength(7);
  const different = new Set(seen.map((pair) => [...pair].sort().join()));
  expect(different.size).toBe(6);
  const at = seen.findIndex((pair, i) => seen.slice(0, i).some((before) => before[0] === pair[1] && before[1] === pair[0]));
  expect(at).toBeGreaterThanOrEqual(6);
  await page.getByRole("button", { name: "Send it and finish" }).click();
  const rater = page.locator("tr[data-rater=Ada]");
  await expect(rater).toContainText("1.00 [0.21, 1.00] of 1 repeats");
  // Repeats tell of the rater and are not sent.
  await expect(page.getByText("6 votes are with the gateway.")).toBeVisible();
  expect(sent).toHaveLength(6);
  await expect(page.locator(".reveal li")).toHaveCount(4);
  await expect(page.locator(".reveal")).toContainText("cat-on-throne.jpg");
});

test("an_answer_is_undone_before_it_is_sent_ties_and_skips_have_their_keys", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => calls("AddPreference").test(request.url()) && sent.push(request.url()));
  await page.goto("./#/vote");
  await begun(page);
  const first = await shown(page);
  await page.keyboard.press("ArrowLeft");
  await expect(page.locator(".voting-progress")).toContainText("Pair 2");
  expect(sent).toEqual([]);
  await page.keyboard.press("u");
  expect(await shown(page)).toEqual(first);
  await page.keyboard.press("Space");
  await page.keyboard.press("s");
  await expect(page.locator(".voting-progress")).toContainText("Pair 3");
  await expect.poll(() => sent.length).toBe(1);
  // A click gives the focus up, so that the space bar is a tie again.
  await page.getByRole("button", { name: "Picture 2" }).click();
  await page.keyboard.press("Space");
  await expect(page.locator(".voting-progress")).toContainText("Pair 5");
  await page.getByRole("button", { name: "Stop here" }).click();
  await expect(page.getByText("3 votes are with the gateway.")).toBeVisible();
  const cells = page.locator("tr[data-rater=Ada] .number");
  await expect(cells.nth(0)).toHaveText("3");
  await expect(cells.nth(1)).toHaveText("2");
});

test("votes_are_exported_and_those_of_others_give_an_alpha", async ({ page }, info) => {
  await page.goto("./#/vote");
  await begun(page);
  await voteAll(page, []);
  await page.getByRole("button", { name: "Send it and finish" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export mine" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  const votes = text.trim().split("\n").map((line) => JSON.parse(line));
  expect(votes).toHaveLength(7);
  expect(votes.filter((vote) => vote.repeat)).toHaveLength(1);
  for (const vote of votes) expect(vote.a < vote.b && vote.rater === "Ada" && vote.prompt === PROMPT).toBe(true);
  const like = info.outputPath("ben.jsonl");
  writeFileSync(like, votes.map((vote) => `${JSON.stringify({ ...vote, id: `ben-${vote.id}`, rater: "Ben" })}\n`).join("") + "no vote\n");
  await page.locator("input[data-import]").setInputFiles(like);
  await expect(page.getByText("7 new votes from ben.jsonl. Lines that are no votes: 1; the first is line 8")).toBeVisible();
  await expect(page.locator(".vote-alpha")).toContainText(/Krippendorff's alpha: (1\.00|cannot)/);
  const against = info.outputPath("eve.jsonl");
  const turned = { a: "b", b: "a", tie: "tie" } as Record<string, string>;
  writeFileSync(against, votes.map((vote) => `${JSON.stringify({ ...vote, id: `eve-${vote.id}`, rater: "Eve", preferred: turned[vote.preferred] })}\n`).join(""));
  await page.locator("input[data-import]").setInputFiles(against);
  await expect(page.locator(".vote-raters tbody tr")).toHaveCount(3);
  await expect(page.locator(".vote-alpha")).toContainText("over 6 shared pairs");
});

test("votes_on_two_prompts_can_be_calibrated_with_and_installed_when_confirmed", async ({ page }) => {
  await page.goto("./#/vote");
  // For a scenario that no other test looks at.
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("embroidery");
  for (const prompt of [PROMPT, "A cat that looks like a king"]) {
    await dropField(page).setInputFiles(PICTURES);
    // The cat comes last: what the votes say is the opposite of the scores.
    const order = await page.locator(".vote-thumbs img").evaluateAll((images) => images.map((image) => (image as HTMLImageElement).src).reverse());
    await begun(page, { prompt, files: [] });
    await voteAll(page, order);
    await page.getByRole("button", { name: "Send it and finish" }).click();
    await page.getByRole("button", { name: "Vote on other pictures" }).click();
    await page.getByRole("button", { name: /^Remove all/ }).click();
  }
  await page.getByRole("button", { name: "See what it would give for Embroidery" }).click();
  const card = page.locator(".calibrate");
  await expect(card).toContainText(/\d+ pairs, of which 0 ties; \d+ pictures of 2 prompts/, { timeout: 60_000 });
  await expect(card.locator("tbody tr").first()).toContainText(/\d\.\d\d \[\d\.\d\d, \d\.\d\d\]/);
  await expect(card.locator(".badge")).toHaveText("acceptable");
  await card.getByRole("button", { name: "Install …" }).click();
  await card.getByRole("button", { name: "Cancel" }).click();
  await expect(card).not.toContainText("Installed");
  await card.getByRole("button", { name: "Install …" }).click();
  await card.getByRole("button", { name: "Install the next revision" }).click();
  await expect(card).toContainText(/Installed as revision \d+/, { timeout: 60_000 });
});

test("votes_are_about_the_scenario_that_is_chosen_now", async ({ page }) => {
  const sent: string[] = [];
  page.on("request", (request) => calls("AddPreference").test(request.url()) && sent.push(request.postDataBuffer()?.toString("latin1") ?? ""));
  await page.goto("./#/vote");
  await begun(page, { files: FOUR.slice(0, 2) });
  await voteAll(page, []);
  await page.getByRole("button", { name: "Send it and finish" }).click();
  await page.getByRole("button", { name: "Vote on other pictures" }).click();
  // The same pictures for another use.
  await page.getByRole("combobox", { name: "Scenario" }).selectOption("ink-wash");
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.locator(".voting")).toBeVisible({ timeout: 80_000 });
  await voteAll(page, []);
  await page.getByRole("button", { name: "Send it and finish" }).click();
  await expect(page.getByText("2 votes are with the gateway.")).toBeVisible();
  expect(sent.map((vote) => vote.includes("ink-wash"))).toEqual([false, true]);
});

test("votes_that_cannot_be_sent_wait_and_are_sent_later", async ({ page }) => {
  await page.goto("./#/vote");
  await begun(page, { files: PICTURES.slice(0, 2) });
  await page.route(calls("AddPreference"), (route) => route.abort("connectionrefused"));
  await page.keyboard.press("1");
  await page.getByRole("button", { name: "Send it and finish" }).click();
  await expect(page.getByRole("heading", { name: "The gateway cannot be reached" })).toBeVisible();
  await expect(page.getByText("1 wait to be sent.")).toBeVisible();
  await page.unroute(calls("AddPreference"));
  // Over a reload, too.
  await page.reload();
  await page.getByRole("button", { name: "Send them" }).click();
  await expect(page.getByText("1 votes are with the gateway.")).toBeVisible();
});

test("pictures_that_were_compared_can_be_voted_on_without_scoring_them_again", async ({ page }) => {
  await page.goto("./#/compare");
  await dropField(page).setInputFiles(PICTURES);
  await page.getByRole("textbox", { name: "Prompt" }).fill(PROMPT);
  await page.getByRole("button", { name: /^Rank them/ }).click();
  await expect(page.locator(".rank[data-score]")).toHaveCount(3, { timeout: 80_000 });
  await page.getByRole("link", { name: "Vote" }).click();
  await page.getByRole("button", { name: /3 pictures, General/ }).click();
  await page.getByLabel("Your name or pseudonym").fill("Ada");
  await page.route(calls("Score"), (route) => route.abort());
  await page.getByRole("button", { name: "Begin" }).click();
  await expect(page.locator(".voting-progress")).toContainText("Pair 1 of 3");
});

test("voting_is_accessible_and_fits_a_phone", async ({ page }) => {
  await page.goto("./#/vote");
  await expect(dropField(page)).toBeAttached();
  await expectAccessible(page);
  await begun(page);
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoOverflow(page);
  await voteAll(page, []);
  await page.getByRole("button", { name: "Send it and finish" }).click();
  await expectAccessible(page);
  await expectNoOverflow(page);
});
