// Builds the report's page: one file that holds its script and styles and loads nothing. `cpaiqa report` fills it in.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";

/** The licences of packages that the page carries. */
const licencesOf = (packages: Iterable<string>) =>
  [...packages]
    .filter(Boolean)
    .sort()
    .map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8").trim()}`)
    .join("\n\n");

function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      let [script, styles] = ["", ""];
      const carried = new Set<string>();
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === "chunk") {
          script += file.code;
          for (const id of file.moduleIds) carried.add(/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? "");
        } else if (name.endsWith(".css")) styles += file.source;
        else continue;
        delete bundle[name];
      }
      // What would end the element early is written another way, which means the same.
      script = script.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "\\x3c!--");
      const hash = `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
      const page = Object.values(bundle).find((file) => file.fileName === "report.html");
      if (page?.type !== "asset") throw new Error("expected report.html among what was built");
      page.source = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/\s*<link rel="stylesheet"[^>]*>/, "")
        .replace("SCRIPT_HASH", () => hash)
        .replace("</head>", () => `  <style>${styles.trim()}</style>\n  </head>`)
        .replace("</html>", () => `</html>\n<!--\n${licencesOf(carried).replaceAll("--", "- -")}\n-->`)
        .replace("</body>", () => `  <script type="module">${script}</script>\n  </body>`);
    },
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [oneFile()],
  build: {
    target: ["chrome123", "firefox125", "safari17.5"],
    modulePreload: false,
    emptyOutDir: false,
    cssCodeSplit: false,
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    rollupOptions: { input: "report.html", output: { codeSplitting: false } },
  },
});
