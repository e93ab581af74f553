// A headless Chromium from a package, unpacked once into a folder of the user's cache.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

function version() {
  const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
  return dependencies["@sparticuz/chromium"];
}

// The folder with the browser, its libraries and its fonts.
async function unpacked() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cpaiqa", "browser");
  const folder = join(cache, version());
  if (existsSync(folder)) return folder;
  // Unpacked beside its place and moved there whole, so that two runs at once do not meet half a browser.
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, "unpacking-"));
  // The package unpacks into the folder for temporary files, and takes its own libraries along on Amazon's machines only.
  const before = process.env.TMPDIR;
  process.env.TMPDIR = fresh;
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs20.x";
  const { default: package_ } = await import("@sparticuz/chromium");
  await package_.executablePath();
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another run was faster.
    rmSync(fresh, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

// The packaged fonts before those of the machine, so that a page looks alike everywhere.
function fontSettings(folder) {
  const settings = mkdtempSync(join(tmpdir(), "cpaiqa-fonts-"));
  const alias = (family) => `<alias><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`;
  writeFileSync(
    join(settings, "fonts.conf"),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<dir>${join(folder, "fonts")}</dir><dir>/usr/share/fonts</dir><cachedir>${join(settings, "cache")}</cachedir>
${["system-ui", "sans-serif"].map(alias).join("")}</fontconfig>`,
  );
  return settings;
}

// Runs `use` with a browser that is closed afterwards, whatever happens.
export async function withBrowser(use) {
  const folder = await unpacked();
  const fonts = fontSettings(folder);
  const { chromium } = await import("playwright-core");
  const libraries = [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  const browser = await chromium.launch({
    executablePath: join(folder, "chromium"),
    // Pages of our own only are opened, and root has no sandbox.
    args: ["--no-sandbox", "--no-zygote", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: fonts, FONTCONFIG_FILE: join(fonts, "fonts.conf") },
  });
  try {
    return await use(browser);
  } finally {
    await browser.close();
    rmSync(fonts, { recursive: true, force: true });
  }
}
