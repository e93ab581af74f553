// node look.mjs PAGE.html              opens the page and prints what a reader would meet, as JSON
// node look.mjs PAGE.html SHOT.png [--width N] [--height N] [--scale N] [--hide SELECTOR] [--dark] [--print]    takes a picture of it
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { withBrowser } from "./browser.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1180" },
    height: { type: "string" },
    scale: { type: "string", default: "1" },
    dark: { type: "boolean", default: false },
    print: { type: "boolean", default: false },
    hide: { type: "string" },
  },
});
const [page, shot] = positionals;
if (!page) {
  console.error("expected a page: node look.mjs PAGE.html [SHOT.png]");
  process.exit(2);
}

// The page in a window of that size, with everything that went wrong on the way.
async function opened(browser, options) {
  const context = await browser.newContext(options);
  const tab = await context.newPage();
  const trouble = [];
  tab.on("console", (message) => ["error", "warning"].includes(message.type()) && trouble.push(message.text()));
  tab.on("pageerror", (error) => trouble.push(String(error)));
  tab.on("requestfailed", (request) => trouble.push(`failed: ${request.url().slice(0, 100)}`));
  const asked = [];
  tab.on("request", (request) => request.url().startsWith("data:") || asked.push(request.url()));
  await tab.goto(pathToFileURL(page).href, { waitUntil: "load" });
  return { tab, trouble, asked };
}

async function picture(browser) {
  const width = Number(values.width);
  const options = { viewport: { width, height: Number(values.height ?? 900) }, deviceScaleFactor: Number(values.scale) };
  const { tab } = await opened(browser, { ...options, colorScheme: values.dark ? "dark" : "light" });
  if (values.hide) await tab.addStyleTag({ content: `${values.hide} { display: none }` });
  if (values.print) await tab.emulateMedia({ media: "print" });
  await tab.screenshot({ path: shot, fullPage: values.height === undefined });
}

async function report(browser) {
  const told = {};
  for (const [name, width, colorScheme] of [["desktop", 1180, "light"], ["dark", 1180, "dark"], ["phone", 390, "light"]]) {
    const { tab, trouble, asked } = await opened(browser, { viewport: { width, height: 844 }, colorScheme });
    told[name] = await tab.evaluate(() => {
      const size = (element) => {
        const { width, height } = element.getBoundingClientRect();
        return [Math.round(width), Math.round(height)];
      };
      const all = (selector) => [...document.querySelectorAll(selector)];
      const root = document.documentElement;
      return {
        headings: all("h1, h2").map((heading) => ({ text: heading.textContent, size: size(heading) })),
        plots: all("svg[role=img]").map((plot) => ({
          title: plot.querySelector("title")?.textContent,
          description: plot.querySelector("desc")?.textContent,
          size: size(plot),
        })),
        pictures: all("svg image").map((image) => size(image)),
        tables: all("table").map((table) => ({
          caption: table.caption?.textContent,
          bare: [...table.querySelectorAll("th")].filter((th) => !th.scope).length,
        })),
        scripts: all("script").length,
        background: getComputedStyle(document.documentElement).backgroundColor,
        overflow: root.scrollWidth - root.clientWidth,
      };
    });
    told[name].trouble = trouble;
    told[name].asked = asked;
    await tab.context().close();
  }
  console.log(JSON.stringify(told));
}

await withBrowser(shot ? picture : report);
