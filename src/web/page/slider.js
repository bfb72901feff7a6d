// The time slider: plays the storm forward, hour by hour, and says what each hour brings.

import { $, el } from "./dom.js";
import { day, isFrozen, isMidnight, latitude, longitude, nowMs, t, time } from "./words.js";

const HOUR = 3600e3;
/** How long an hour of the storm lasts when it plays. */
const FRAME_MS = 180;
/** What the name of a day takes. */
const TICK_PX = 62;

let chart = null;
let player = null;
/** The slider stands at now, and goes on with it. */
let isAtNow = true;

export function startSlider(map) {
  chart = map;
  chart.moved = span;
  $("slider").addEventListener("input", () => {
    isAtNow = false;
    draw();
  });
  $("play").addEventListener("click", () => (player ? stop() : play()));
  $("to-now").addEventListener("click", toNow);
  $("fit").addEventListener("click", () => chart.fit(true));
  new ResizeObserver(() => span()).observe($("ticks"));
  if (!isFrozen()) setInterval(() => isAtNow && toNow(), 60_000);
  span();
}

/** From the first to the last hour of the tracks by which alerts go. */
function span() {
  const slider = $("slider");
  const times = chart.leading().flatMap((track) => track.fixes.map((fix) => fix.at));
  const hour = (at) => Math.round(at / HOUR) * HOUR;
  const [first, last] = times.length > 0 ? [Math.min(...times), Math.max(...times)] : [nowMs(), nowMs()];
  const [from, to] = [Math.min(hour(first), hour(nowMs())), Math.max(hour(last), hour(nowMs()))];
  slider.dataset.from = from;
  slider.max = (to - from) / HOUR;
  slider.disabled = to === from;
  $("play").disabled = to === from;
  const share = (at) => `${(100 * (at - from)) / Math.max(to - from, 1)}%`;
  const midnights = [];
  for (let at = from; at <= to; at += HOUR) if (isMidnight(at)) midnights.push(at);
  const room = Math.max(1, Math.floor($("ticks").clientWidth / TICK_PX));
  const every = Math.ceil(midnights.length / room);
  const ticks = midnights.filter((_, index) => index % every === 0).map((at) => place(el("span", { class: "tick" }, day(at)), share(at)));
  ticks.push(place(el("span", { class: "tick now", title: t("now") }, "▲"), share(nowMs())));
  $("ticks").replaceChildren(...ticks);
  if (isAtNow) toNow();
  else draw();
}

function place(element, left) {
  element.style.left = left;
  return element;
}

function toNow() {
  isAtNow = true;
  const slider = $("slider");
  slider.value = Math.round((nowMs() - Number(slider.dataset.from)) / HOUR);
  draw();
}

/** The hour of the slider, said and drawn. */
function draw() {
  const slider = $("slider");
  const at = isAtNow ? nowMs() : Number(slider.dataset.from) + Number(slider.value) * HOUR;
  const { storms, inGale } = chart.setHour(at);
  const hours = Math.round((at - nowMs()) / HOUR);
  const when = hours === 0 ? t("now") : `${hours > 0 ? "+" : "−"}${Math.abs(hours)} h`;
  const where = storms.map(({ name, lat, lon, kt }) =>
    t("at_storm", { name, lat: latitude(lat), lon: longitude(lon), kt: kt === null ? t("unknown") : Math.round(kt) }),
  );
  const text = [`${time(at)} (${when})`, ...(where.length > 0 ? where : [t("at_no_storm")]), inGale > 0 && t("at_sites", { n: inGale })];
  $("hour").textContent = text.filter(Boolean).join(" · ");
  slider.setAttribute("aria-valuetext", text.filter(Boolean).join(", "));
}

function play() {
  const slider = $("slider");
  if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
  isAtNow = false;
  $("play").textContent = t("pause");
  $("play").setAttribute("aria-pressed", "true");
  player = setInterval(() => {
    slider.value = Number(slider.value) + 1;
    draw();
    if (Number(slider.value) >= Number(slider.max)) stop();
  }, FRAME_MS);
}

function stop() {
  clearInterval(player);
  player = null;
  $("play").textContent = t("play");
  $("play").setAttribute("aria-pressed", "false");
}
