// Looks at the map page as people do, in Debian's chromium.
//
//   npm ci && node page_check.mjs ADDRESS [--pictures DIR] [--answer] [--frames]
//
// ADDRESS is what `seawall demo` or `seawall run` prints. Without --answer nothing is changed: it checks that the page loads
// in time, shows the storm and site TZ-01, that the slider moves the storm, that no other host is asked, that axe-core finds
// no violation, and that it works by keyboard, on a phone, in the dark and in Chinese. With --answer it answers for the first
// open alert in one browser and waits for it in a second. With --frames it says how long frames take while the map is dragged: a
// number to look at, since without a graphics card the processor draws. Exit status 0 when all is well.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [address, ...rest] = process.argv.slice(2);
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : null);
const pictures = option("--pictures");
const SITE = option("--site") ?? "TZ-01";
if (!address) {
  console.error("usage: node page_check.mjs ADDRESS [--pictures DIR] [--site ID] [--answer]");
  process.exit(2);
}
if (pictures) mkdirSync(pictures, { recursive: true });

const faults = [];
const check = (what, isWell, detail = "") => {
  console.log(`${isWell ? "ok  " : "BAD "} ${what}${detail ? `: ${detail}` : ""}`);
  if (!isWell) faults.push(what);
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const elsewhere = new Set();
const complaints = [];

/** A page that notes whom it asks and what it complains of. */
async function opened(options = {}, query = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.host !== new URL(address).host) elsewhere.add(url.host);
  });
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(new URL(`/${query}`, address).href, { waitUntil: "domcontentloaded" });
  await page.waitForSelector("#alerts [data-alert]", { timeout: 15_000 });
  return page;
}

const drawn = async (page) => {
  await page.waitForSelector("#storm", { timeout: 30_000 });
  await page.waitForTimeout(1200);
};
const shoot = (page, name) => pictures && page.screenshot({ path: `${pictures}/${name}.png` });

async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const detail = violations.map(({ id, nodes }) => `${id} ×${nodes.length} ${nodes[0].html.slice(0, 140)} ${nodes[0].any[0]?.message ?? ""}`).join("\n     ");
  check(`axe-core finds no violation: ${what}`, violations.length === 0, detail);
}

// On a big screen.
let page = await opened();
const timing = await page.evaluate(() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  return { paint, now: performance.now() };
});
check("first paint within 2 s", timing.paint < 2000, `${Math.round(timing.paint)} ms`);
check("the list is there within 2 s", timing.now < 2000, `${Math.round(timing.now)} ms`);
await drawn(page);
check(`site ${SITE} is in the list`, (await page.locator("#alerts b", { hasText: SITE }).count()) > 0);
check("the storm is on the map", await page.locator("#storm").isVisible());
const where = () => page.locator("#storm").boundingBox();
const before = await where();
await shoot(page, "desktop-light");
await accessible(page, "big screen");
await page.locator("#slider").focus();
for (let hour = 0; hour < 12; hour += 1) await page.keyboard.press("ArrowRight");
await page.waitForTimeout(300);
const after = await where();
check("the slider moves the storm", before && after && Math.hypot(after.x - before.x, after.y - before.y) > 3, `${Math.round(Math.hypot(after.x - before.x, after.y - before.y))} px in 12 h`);
check("the slider says its hour", (await page.locator("#slider").getAttribute("aria-valuetext"))?.includes("+12 h"));
await page.locator("#alerts button", { has: page.locator("b", { hasText: SITE }) }).first().focus();
await page.keyboard.press("Enter");
await page.waitForSelector("#detail .part");
await page.waitForTimeout(900);
check("details open by keyboard", (await page.locator("#detail-title").textContent()).includes(SITE));
check("the focus is in the details", await page.evaluate(() => document.activeElement.id === "detail"));
await shoot(page, "desktop-detail");
await accessible(page, "details");
await page.keyboard.press("Escape");
check("Escape closes them", await page.locator("#detail").isHidden());
check("the focus is back in the list", await page.evaluate(() => Boolean(document.activeElement.closest("[data-alert]"))));
await page.locator("[data-view=approvals]").click();
await page.waitForTimeout(200);
await shoot(page, "desktop-approvals");
await accessible(page, "approvals");
await page.locator("[data-view=silences]").click();
await page.waitForTimeout(200);
await shoot(page, "desktop-silences");
await accessible(page, "silences");
await page.locator("[data-view=ledger]").click();
await page.waitForTimeout(500);
await shoot(page, "desktop-ledger");
await accessible(page, "ledger");
await page.locator("[data-view=alerts]").click();
await page.fill("#search", SITE);
check("search leaves the site", (await page.locator("#alerts [data-alert]").count()) >= 1);
await page.emulateMedia({ media: "print" });
if (pictures) await page.pdf({ path: `${pictures}/print.pdf`, format: "A4" }).catch(() => null);
await page.context().close();

// In the dark, in Chinese, on a phone.
page = await opened({ colorScheme: "dark" });
await drawn(page);
await shoot(page, "desktop-dark");
await accessible(page, "dark");
await page.context().close();
page = await opened({ locale: "zh-CN" });
await drawn(page);
check("the browser's language is spoken", (await page.locator("html").getAttribute("lang")) === "zh-CN");
await page.locator("#alerts button", { has: page.locator("b", { hasText: SITE }) }).first().click();
await page.waitForSelector("#detail .part");
await page.waitForTimeout(900);
await shoot(page, "desktop-zh");
await page.context().close();
const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
page = await opened(phone);
await page.waitForTimeout(300);
await shoot(page, "phone-light");
check("nothing is wider than the phone", await page.evaluate(() => document.documentElement.scrollWidth <= 360));
await accessible(page, "phone");
await page.locator("#map-fold > summary").click();
await drawn(page);
await page.locator("#map-fold").scrollIntoViewIfNeeded();
await page.evaluate(() => document.querySelector(".where").scrollIntoView());
await page.waitForTimeout(800);
await shoot(page, "phone-map");
await page.locator("#alerts button").first().click();
await page.waitForSelector("#detail .part");
await page.waitForTimeout(300);
await shoot(page, "phone-detail");
await accessible(page, "phone details");
await page.context().close();
page = await opened({ ...phone, colorScheme: "dark" }, "?lang=zh-CN");
await page.waitForTimeout(300);
await shoot(page, "phone-dark-zh");
await page.context().close();

// The map under the hand.
if (rest.includes("--frames")) {
  page = await opened();
  await drawn(page);
  const box = await page.locator("#map").boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.evaluate(() => {
    globalThis.frames_ = [];
    let before = null;
    const tick = (now) => {
      if (before !== null) globalThis.frames_.push(now - before);
      before = now;
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; step < 60; step += 1) {
    await page.mouse.move(x + 3 * (step < 30 ? step : 60 - step), y + 2 * step);
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  const times = (await page.evaluate(() => globalThis.frames_)).sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.floor(share * (times.length - 1))]);
  console.log(`     frames of ${times.length} while dragging: median ${at(0.5)} ms, 19 of 20 within ${at(0.95)} ms, longest ${at(1)} ms`);
  await page.context().close();
}

// Two people at once.
if (rest.includes("--answer")) {
  const [first, second] = [await opened(), await opened()];
  await drawn(first);
  await drawn(second);
  const row = second.locator("#alerts [data-alert]:has(.state.open)").first();
  const id = await row.getAttribute("data-alert");
  await first.locator(`[data-alert="${id}"]`).click();
  await first.fill("#note", "said by page_check");
  const begun = Date.now();
  await first.click("#answer-told");
  const told = second.locator(`[data-alert="${id}"] .state.acknowledged`);
  await told.waitFor({ timeout: 5000 }).catch(() => null);
  const took = Date.now() - begun;
  check("an answer in one browser is in the other within 1 s", (await told.count()) > 0 && took < 1000, `${took} ms`);
}

await browser.close();
check("no other host is asked", elsewhere.size === 0, [...elsewhere].join(", "));
const own = complaints.filter((text) => !/GPU stall|swiftshader|WebGL|GL Driver/i.test(text));
check("the browser complains of nothing", own.length === 0, [...new Set(own)].slice(0, 5).join("\n     "));
process.exit(faults.length === 0 ? 0 : 1);
