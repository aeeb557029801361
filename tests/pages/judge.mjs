// Judges pages and pictures in one headless Chromium: axe-core, Mermaid's own parser and renderer, print, requests, size on screen.
//
// usage: node judge.mjs MODULES < jobs.json > results.json
// A job is { page: FILE, shots: [{ width, height, scheme, file, full }], pdf: FILE } or { mermaid: TEXT }.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const modules = process.argv[2];
const require = createRequire(`${modules}/package.json`);
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const jobs = JSON.parse(readFileSync(0, "utf8"));
const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  headless: true,
  // The tests are root; the pages are files of their own.
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--font-render-hinting=none"],
});

async function open(file, requests) {
  const tab = await browser.newPage();
  await tab.setBypassCSP(true);
  tab.on("request", (request) => requests.push(request.url()));
  await tab.goto(pathToFileURL(file).href, { waitUntil: "load" });
  return tab;
}

async function judgePage(job) {
  const requests = [];
  const tab = await open(job.page, requests);
  const result = { requests, violations: [] };
  for (const scheme of ["light", "dark"]) {
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await tab.setViewport({ width: 1280, height: 800 });
    await tab.evaluate(axe);
    const found = await tab.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations", "passes"] }));
    result.passes = found.passes.length;
    for (const one of found.violations) {
      const where = one.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary}`);
      result.violations.push(`${scheme}: ${one.id}: ${one.help}\n  ${where.join("\n  ")}`);
    }
  }
  result.text = await tab.evaluate(() => document.body.innerText);
  result.scripts = await tab.evaluate(() => [...document.scripts].filter((one) => one.type !== "application/json").length);
  // What a first screen of 1280 by 800 has.
  result.glanceEnds = await tab.evaluate(() => document.querySelector(".top")?.getBoundingClientRect().bottom ?? 0);
  for (const shot of job.shots ?? []) {
    await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: shot.scheme }]);
    await tab.setViewport({ width: shot.width, height: shot.height });
    result.overflow ??= {};
    result.overflow[shot.width] = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await tab.screenshot({ path: shot.file, fullPage: Boolean(shot.full) });
  }
  if (job.pdf) {
    await tab.pdf({ path: job.pdf, format: "A4", printBackground: true });
  }
  // Without scripts the page says the same.
  await tab.close();
  return result;
}

let mermaidTab;
async function judgeMermaid(job) {
  if (!mermaidTab) {
    mermaidTab = await browser.newPage();
    await mermaidTab.setContent("<!DOCTYPE html><div id=here></div>");
    await mermaidTab.addScriptTag({ path: `${modules}/mermaid.min.js` });
    await mermaidTab.evaluate(() => globalThis.mermaid.initialize({ startOnLoad: false }));
  }
  return mermaidTab.evaluate(async (text) => {
    try {
      const parsed = await globalThis.mermaid.parse(text);
      const { svg } = await globalThis.mermaid.render(`m${Math.random().toString(36).slice(2)}`, text);
      const drawn = new DOMParser().parseFromString(svg, "text/html");
      const texts = [...drawn.querySelectorAll("span.nodeLabel, .edgeLabel p, .edgeLabel .label")].map((one) => one.textContent);
      return {
        type: parsed.diagramType,
        nodes: drawn.querySelectorAll("g.node").length,
        lines: drawn.querySelectorAll(".edgePaths > path").length,
        active: drawn.querySelectorAll("script, img, iframe, a").length,
        texts,
      };
    } catch (error) {
      return { error: String(error.message ?? error) };
    }
  }, job.mermaid);
}

const results = [];
try {
  for (const job of jobs) {
    results.push(job.mermaid === undefined ? await judgePage(job) : await judgeMermaid(job));
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(results));
