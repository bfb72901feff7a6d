// The page: reads what is known, draws it, and keeps it up to date.

import { listen, post, session } from "./api.js";
import { startDetail } from "./detail.js";
import { $, say } from "./dom.js";
import { startList } from "./list.js";
import { startSilences } from "./silences.js";
import { known, on, read, readAll, readChanged } from "./state.js";
import { startViews } from "./views.js";
import { clock, isFrozen, longTime, nowMs, readWords, setClock, setZone, t, zoneName } from "./words.js";

async function start() {
  const [who] = await Promise.all([session(), readWords()]);
  known.who = who;
  setClock(who.now, who.shown);
  // First of all: the others write times.
  on("alerts", zone);
  startList();
  startDetail();
  startViews();
  startSilences();
  tools();
  // The phone's list comes first; the map waits until somebody asks for it.
  const fold = $("map-fold");
  if (matchMedia("(max-width: 760px)").matches) fold.open = false;
  await read("alerts", "proposals", "silences", "feeds");
  fresh(Date.now());
  listen({
    changed: (change) => readChanged(change).then(() => fresh(Date.now()), failed),
    fresh: () => again(),
    alive: fresh,
    lost: stale,
  });
  if (fold.open) map();
  else fold.addEventListener("toggle", map, { once: true });
}

async function map() {
  try {
    const [{ startMap }, { startSlider }] = await Promise.all([import("./map.js"), import("./slider.js")]);
    startSlider(startMap());
  } catch (error) {
    console.error(error);
    $("map-none").hidden = false;
  }
  await read("places", "hazards").catch(failed);
}

function tools() {
  const { who } = known;
  if (who.name) {
    $("who").textContent = t("user", { name: who.name, role: who.role });
    $("who").hidden = false;
  }
  $("logout").hidden = !who.csrf;
  $("logout").addEventListener("click", async () => {
    await post("/logout", {}).catch(console.error);
    location.assign("/login");
  });
  $("print").addEventListener("click", () => print());
}

/** All times are in one zone: the dealers' own when they share one. */
function zone() {
  setZone(known.alerts.map((alert) => alert.time_zone));
  if (known.who.shown && $("demo-text")) $("demo-text").textContent = t("demo", { at: longTime(nowMs()) });
}

function fresh(at) {
  const status = $("status");
  status.dataset.state = "live";
  const word = isFrozen() ? t("live_since", { at: longTime(nowMs()) }) : `${t("live")}, ${t("live_since", { at: clock(at) })}`;
  $("status-text").textContent = `${word} · ${t("times_in", { zone: zoneName() })}`;
  $("stale").hidden = true;
}

/** After a break everything may have changed. */
async function again() {
  try {
    await readAll();
    fresh(Date.now());
    say(t("back_live"));
  } catch (error) {
    failed(error);
  }
}

function stale(since) {
  $("status").dataset.state = "stale";
  $("status-text").textContent = t("live_since", { at: clock(since) });
  $("stale").textContent = t("stale", { at: clock(since) });
  $("stale").hidden = false;
}

function failed(error) {
  console.error(error);
  $("stale").textContent = t("failed", { why: error.message });
  $("stale").hidden = false;
}

start().catch(failed);
