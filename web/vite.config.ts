import { defineConfig } from "vitest/config";

// The gateway that answers the page's calls while it is served from here.
const gateway = process.env.CPAIQA_URL ?? "http://127.0.0.1:50051";
const proxy = { "^/cpaiqa\\.": { target: gateway } };

export default defineConfig({
  base: "./",
  build: {
    outDir: "dist/page",
    emptyOutDir: true,
    // The first versions with light-dark() and popovers.
    target: ["chrome123", "firefox125", "safari17.5"],
    modulePreload: { polyfill: false },
    // What the page carries of others, with their licences.
    license: { fileName: "licences.md" },
    // Example pictures stay files, fetched when they are wanted.
    assetsInlineLimit: 0,
  },
  server: { proxy },
  preview: { proxy },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
