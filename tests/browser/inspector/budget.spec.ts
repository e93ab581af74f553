import { gzipSync } from "node:zlib";
import { calls, expect, test } from "./page";

test("the_page_is_under_300_kB_and_asks_nobody_else", async ({ page, baseURL }) => {
  const sizes = new Map<string, number>();
  const foreign: string[] = [];
  const told: string[] = [];
  page.on("console", (message) => message.type() === "error" && told.push(message.text()));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(new URL(baseURL!).origin) && !/^(blob|data):/.test(url)) foreign.push(url);
  });
  const coming: Promise<unknown>[] = [];
  page.on("response", (response) => {
    if (calls(".*").test(response.url())) return;
    coming.push(response.body().then((body) => sizes.set(response.url(), gzipSync(body, { level: 6 }).length)));
  });
  await page.goto("./", { waitUntil: "networkidle" });
  for (const view of ["Compare", "Vote", "Results"]) {
    await page.getByRole("link", { name: view }).click();
    await page.waitForLoadState("networkidle");
  }
  await Promise.all(coming);
  const sum = [...sizes.values()].reduce((all, size) => all + size, 0);
  expect(sizes.size).toBeGreaterThan(3);
  expect(sum).toBeLessThan(300_000);
  expect(foreign).toEqual([]);
  expect(told).toEqual([]);
});

test("the_page_is_painted_while_the_gateway_says_nothing", async ({ page }) => {
  let asked = 0;
  await page.route(calls(".*"), () => void asked++);
  await page.goto("./");
  await expect(page.getByRole("heading", { name: "How good is this picture?" }).first()).toBeAttached();
  await expect(page.getByRole("combobox", { name: "Scenario" })).toBeEnabled();
  await expect.poll(() => page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length)).toBe(1);
  await expect(page.getByText("fetching the scenarios")).toBeVisible();
  expect(asked).toBe(1);
});
