import { defineConfig } from "@playwright/test";

// The page at CPAIQA_URL, with a gateway behind it. A picture is scored in 5 to 10 seconds, and twice that on a busy machine.
export default defineConfig({
  testDir: "inspector",
  workers: 1,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  reporter: "list",
  outputDir: "node_modules/.inspector",
  use: { baseURL: process.env.CPAIQA_URL ?? "http://127.0.0.1:50051/", viewport: { width: 1440, height: 900 }, locale: "en-GB" },
});
