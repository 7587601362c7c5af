// Opens a page that `explore` wrote in Chromium and walks through it by keyboard alone. Prints what it saw as JSON.
//
//   node walk.mjs PAGE [FOLDER]      with a folder, pictures of the page go there
import { chromium } from "playwright-core";
import { pathToFileURL } from "node:url";

const [page_path, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // No sandbox: tests run as root. The rest keeps the browser from the network and from a GPU that is not there.
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = { errors: [], requests: [], races: [] };

async function open(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.errors.push(message.text()); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => { if (!/^(file|data):/.test(request.url())) seen.requests.push(request.url()); });
  await page.goto(pathToFileURL(page_path).href);
  return page;
}

// What the page says where it stands.
const standing = (page) => page.evaluate(() => ({
  now: document.getElementById("now").textContent,
  step: Number(document.getElementById("slider").value),
  row: document.querySelector("#diagram [aria-current]")?.id ?? null,
  shown: document.querySelector("#diagram [aria-current]")?.getClientRects().length > 0,
  line: document.querySelector("#source [aria-current]")?.textContent ?? null,
  // the state as the page draws it, without what only this step adds to it
  state: [...document.querySelectorAll("#state .memory tr")].map((row) => row.textContent).join("\n"),
}));

// From the first step to the last with one key, then back with another: every state must be the same both ways.
async function walk(page) {
  const steps = Number(await page.getAttribute("#slider", "max"));
  await page.keyboard.press("Home");
  const forward = [await standing(page)];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press("ArrowRight");
    forward.push(await standing(page));
  }
  const backward = [];
  for (let step = steps; step >= 0; step--) {
    backward.unshift(await standing(page));
    await page.keyboard.press("ArrowLeft");
  }
  await page.keyboard.press("End");
  const end = await standing(page);
  return {
    title: await page.textContent("#race-title"),
    steps,
    reached: new Set(forward.map((at) => at.step)).size - 1,
    always_shown: forward.every((at) => at.shown && at.row === `step-${at.step}`),
    lines: forward.slice(1).filter((at) => at.line !== null && at.line.trim() !== "").length,
    same_backward: forward.every((at, step) => at.state === backward[step].state),
    last_state: end.state,
    end: end.now,
    verdict: await page.textContent("#ending .verdict"),
    // what a running kernel did, each behind the step that it stands behind
    events: await page.locator("#diagram .event").allInnerTexts(),
    told: forward.map((at) => at.now.match(/Kernel, event \d+/g)?.length ?? 0).reduce((all, some) => all + some, 0),
    overflow: await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
  };
}

// Relative luminance and contrast as WCAG 2 defines them, of every text that can be seen.
const contrasts = (page) => page.evaluate(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const light = (colour) => {
    const [r, g, b] = [...colour].slice(0, 3).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const worst = { ratio: 99, text: "" };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    if (!own || element.getClientRects().length === 0 || element.matches("button:disabled, script")) continue;
    const [a, b] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < worst.ratio) Object.assign(worst, { ratio, text: element.textContent.slice(0, 60) });
  }
  return worst;
});

// What a screen reader needs: everything that takes the focus has a name.
const nameless = (page) => page.evaluate(() => [...document.querySelectorAll("button, input, select, [tabindex='0']")]
  .filter((element) => element.getClientRects().length > 0)
  .filter((element) => !(element.getAttribute("aria-label") || element.labels?.length || element.textContent.trim()))
  .map((element) => element.outerHTML.slice(0, 80)));

async function picture(page, name) {
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

try {
  for (const [name, options] of [
    ["light", { viewport: { width: 1280, height: 900 } }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
    ["phone", { viewport: { width: 390, height: 844 } }],
  ]) {
    const page = await open(options);
    if (await page.isVisible("#review")) {
      await picture(page, `${name}-matrix`);
      seen.cells = await page.locator(".cell").count();
      await page.locator(".cell.violated").first().focus();
      await page.keyboard.press("Enter");
    }
    const walked = await walk(page);
    seen.races.push({ view: name, contrast: await contrasts(page), nameless: await nameless(page), ...walked });
    await picture(page, name);
    await page.keyboard.press("Escape");
    seen.races.at(-1).back = await page.evaluate(() => document.activeElement.className);
    await page.click("#theme");
    seen.races.at(-1).other_contrast = await contrasts(page);
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
