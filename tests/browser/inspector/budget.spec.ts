import { gzipSync } from "node:zlib";
import { calls, expect, test } from "./page";

test("the_page_is_under_300_kB_and_asks_nobody_else", async ({ page, baseURL }) => {
  const files = new Set<string>();
  const foreign: string[] = [];
  const told: string[] = [];
  page.on("console", (message) => message.type() === "error" && told.push(message.text()));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(new URL(baseURL!).origin) && !/^(blob|data):/.test(url)) foreign.push(url);
  });
  page.on("response", (response) => !calls(".*").test(response.url()) && files.add(response.url()));
  await page.goto("./", { waitUntil: "networkidle" });
  for (const view of ["Compare", "Vote", "Results"]) {
    const script = page.waitForResponse(new RegExp(`/${view.toLowerCase()}-[^/]+\\.js$`));
    await page.getByRole("link", { name: view }).click();
    await script;
  }
  expect(files.size).toBeGreaterThan(3);
  // Asked for again: a body that is still on its way when the test ends would fail it.
  const sizes = [...files].map(async (url) => gzipSync(await (await page.request.get(url)).body(), { level: 6 }).length);
  const sum = (await Promise.all(sizes)).reduce((all, size) => all + size, 0);
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
