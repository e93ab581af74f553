// What the page's tests share: the packaged browser, and the ways in which a person uses the page.
import { expect, test as plain, type Page, type Route } from "@playwright/test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { withBrowser } from "../browser.mjs";

/** Playwright's test in the packaged browser; a page that logs an error or throws fails its test. */
export const test = plain.extend<{ quiet: string[] }>({
  browser: [async ({}, use) => withBrowser(use), { scope: "worker" }],
  quiet: [
    async ({ page }, use) => {
      const told: string[] = [];
      page.on("pageerror", (error) => told.push(String(error)));
      await use(told);
      expect(told).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

/** A picture of the repository's examples. */
export const example = (name: string): string => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));

export const cat = {
  file: example("cat-on-throne.jpg"),
  prompt: "A cat with a crown lounging on a velvet throne, royal atmosphere, dramatic lighting, two candles",
};

/** Calls of the gateway's method of that name. */
export const calls = (method: string): RegExp => new RegExp(`/cpaiqa\\.[a-z]+\\.v1\\.\\w+/${method}$`);

/** The field that takes files. */
export const files = (page: Page) => page.locator(".score-inputs input[type=file]");

export const promptField = (page: Page) => page.getByRole("textbox", { name: "Prompt" });
export const scoreButton = (page: Page) => page.getByRole("button", { name: /^Score( again)?$/ });

/** Fills in picture and prompt. */
export async function fill(page: Page, { file, prompt }: { file: string; prompt: string }): Promise<void> {
  await files(page).setInputFiles(file);
  await promptField(page).fill(prompt);
}

/** Opens the page, scores the cat, and waits for the score. The gateway remembers what it measured, so the first one takes longest. */
export async function scored(page: Page, picture = cat): Promise<void> {
  await page.goto("./");
  await fill(page, picture);
  await scoreButton(page).click();
  await expect(page.locator(".result")).toBeVisible({ timeout: 60_000 });
}

/** Answers a call as a gateway does that fails it: gRPC-Web, with the status in the headers. */
export function failing(code: number, message: string, details?: Uint8Array) {
  const headers: Record<string, string> = {
    "content-type": "application/grpc-web+proto",
    "grpc-status": String(code),
    "grpc-message": encodeURIComponent(message),
  };
  if (details) headers["grpc-status-details-bin"] = Buffer.from(details).toString("base64").replace(/=+$/, "");
  return (route: Route) => route.fulfill({ status: 200, headers, body: "" });
}

/** A picture that nothing is wrong with. */
export const bytesOf = (name: string): Buffer => readFileSync(example(name));
