// Steps in a running system as a reader would, in Chromium, and prints what it saw as JSON.
//
//   node live.mjs URL [FOLDER]
import { chromium } from "playwright-core";
import { readFile } from "node:fs/promises";

const [url, folder] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  // As in walk.mjs.
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const seen = { errors: [] };
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) seen.errors.push(message.text()); });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  await page.goto(url);
  const counts = (text) => page.waitForFunction((wanted) => document.getElementById("count").textContent === wanted
    && !document.getElementById("at").textContent.includes("forks here")
    && document.querySelector("#choices button"), text);
  for (let step = 1; step <= 3; step++) {
    await page.locator("#choices button").first().click();
    await counts(`${step} of ${step}`);
  }
  seen.stepped = await page.textContent("#count");
  // Back to the first step, and another way from there.
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.getElementById("at").textContent.startsWith("after step 1"));
  await page.waitForFunction(() => document.querySelectorAll("#choices button").length > 1);
  await page.locator("#choices button").last().click();
  await counts("2 of 2");
  seen.forked = await page.textContent("#count");
  await page.selectOption("#claim", "S2s");
  await page.click("#search");
  await page.waitForFunction(() => /^(Yes|No|Not)/.test(document.getElementById("answer").textContent), null, { timeout: 60000 });
  seen.answer = await page.textContent("#answer");
  if (folder) await page.screenshot({ path: `${folder}/live.png`, fullPage: true });
  await page.keyboard.press("End");
  seen.end = await page.textContent("#now");
  const download = page.waitForEvent("download");
  await page.click("#export");
  seen.exported = await readFile(await (await download).path(), "utf8");
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
