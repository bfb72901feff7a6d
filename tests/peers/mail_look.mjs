// Looks at mails as a browser shows them, and measures that nothing runs over the edge.
//
//     npm i playwright-core@1 postal-mime@2     (beside this file or in a parent folder)
//     node tests/peers/mail_look.mjs OUT MAIL.eml...     (CHROMIUM=/usr/bin/chromium)
//
// Each mail at 360, 800 and 1200 px, light and dark, with pictures and without, and with its styles stripped at 600 px. Writes a
// PNG each into OUT; prints each page that is wider than its window; exit status 1 when there is one.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";
import PostalMime from "postal-mime";

const [out, ...files] = process.argv.slice(2);
if (!out || files.length === 0) {
  console.error("usage: node tests/peers/mail_look.mjs OUT MAIL.eml...");
  process.exit(2);
}

async function page(file, { pictures, styles }) {
  const mail = await PostalMime.parse(await readFile(file));
  let html = mail.html ?? "";
  for (const part of mail.attachments) {
    if (!part.contentId) continue;
    const data = `data:${part.mimeType};base64,${Buffer.from(part.content).toString("base64")}`;
    html = html.replaceAll(`cid:${part.contentId.replace(/^<|>$/g, "")}`, pictures ? data : "about:blank");
  }
  if (!styles) html = html.replace(/<style[\s\S]*?<\/style>/g, "").replace(/ style="[^"]*"/g, "");
  return html;
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
let wide = 0;
for (const file of files) {
  const name = path.basename(file, ".eml");
  const views = [];
  for (const width of [360, 800, 1200]) {
    for (const colorScheme of ["light", "dark"]) views.push({ width, colorScheme, pictures: true, styles: true });
  }
  views.push({ width: 360, colorScheme: "light", pictures: false, styles: true });
  views.push({ width: 600, colorScheme: "light", pictures: true, styles: false });
  for (const view of views) {
    const { width, colorScheme, pictures, styles } = view;
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, deviceScaleFactor: width < 500 ? 2 : 1 });
    const tab = await context.newPage();
    await tab.setContent(await page(file, view), { waitUntil: "load" });
    const over = await tab.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    const label = [name, width, colorScheme, pictures ? "" : "no-pictures", styles ? "" : "bare"].filter(Boolean).join("-");
    if (over > 0) {
      wide += 1;
      console.log(`${label}: ${over} px too wide`);
    }
    await tab.screenshot({ path: path.join(out, `${label}.png`), fullPage: true });
    await context.close();
  }
}
await browser.close();
console.error(`${files.length} mails looked at, ${wide} pages too wide`);
process.exit(wide ? 1 : 0);
