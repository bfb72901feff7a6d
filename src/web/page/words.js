// Words in the page's language; times, spans, amounts and chances as people write them.

export const lang = document.documentElement.lang || "en";
/** Days before months, and 24 hours, in English too. */
const locale = lang === "en" ? "en-GB" : lang;
let words = {};
let zone;
let ahead = 0;
let frozen = null;

export async function readWords() {
  const response = await fetch(`/words.json?lang=${encodeURIComponent(lang)}`);
  if (!response.ok) throw new Error(`words: ${response.status}`);
  words = await response.json();
}

/** The text of a key, with `{name}` filled in; a key without a text is itself. */
export function t(key, values = {}) {
  const text = Object.hasOwn(words, key) ? words[key] : key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** The text of a key, or what else to show. */
export const tOr = (key, otherwise) => (Object.hasOwn(words, key) ? words[key] : otherwise);

/** Sets the clock after the server's; a demonstration's stands still. */
export function setClock(now, standsStill) {
  ahead = Date.parse(now) - Date.now();
  frozen = standsStill ? Date.parse(now) : null;
}

/** What time it is by the server's clock, in milliseconds. */
export const nowMs = () => frozen ?? Date.now() + ahead;
export const isFrozen = () => frozen !== null;

/** The zone in which all times are shown: that of most alerts' dealers, else the reader's. */
export function setZone(zones) {
  const counts = new Map();
  for (const one of zones.filter(Boolean)) counts.set(one, (counts.get(one) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  try {
    new Intl.DateTimeFormat(locale, { timeZone: most });
    zone = most;
  } catch {
    zone = undefined;
  }
}

/** Its id. */
export const zoneId = () => zone ?? "";

export function zoneName() {
  const format = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "longOffset" });
  const offset = format.formatToParts(nowMs()).find((part) => part.type === "timeZoneName")?.value ?? "UTC";
  const city = format.resolvedOptions().timeZone.split("/").pop().replaceAll("_", " ");
  return `${city}, ${offset.replace("GMT", "UTC")}`;
}

const formats = new Map();
function format(options) {
  const key = JSON.stringify([options, zone]);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { ...options, timeZone: zone, hourCycle: "h23" }));
  return formats.get(key);
}

const instant = (at) => (typeof at === "number" ? at : Date.parse(at));

/** `Wed 11 Aug 18:00`; `unknown` without a time. */
export function time(at) {
  if (at === null || at === undefined) return t("unknown");
  return format({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(instant(at));
}

/** `Wed 11`. */
export const day = (at) => format({ weekday: "short", day: "numeric" }).format(instant(at));
/** `11 August 2004, 18:00`. */
export const longTime = (at) => format({ dateStyle: "long", timeStyle: "short" }).format(instant(at));
export const clock = (at) => format({ hour: "2-digit", minute: "2-digit" }).format(instant(at));
/** `11/18`: the day and hour of a mark on the map. */
export const dayHour = (at) => format({ day: "numeric", hour: "2-digit", minute: "2-digit" }).format(instant(at));
export const isMidnight = (at) => format({ hour: "2-digit" }).format(instant(at)).startsWith("00");

/** A length of time. */
export function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000);
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60), minutes % 60];
  if (d >= 2) return t("span_dh", { d, h: h % 24 });
  return h > 0 ? t("span_hm", { h, m }) : t("span_m", { m });
}

/** What is left until an act-by time, and whether that is little (`soon`), nothing (`late`) or enough. */
export function left(actBy) {
  if (!actBy) return { text: t("no_deadline"), kind: "none" };
  const ms = Date.parse(actBy) - nowMs();
  if (ms < 0) return { text: t("too_late", { span: span(ms) }), kind: "late" };
  return { text: t("in_time", { span: span(ms) }), kind: ms < 6 * 3600e3 ? "soon" : "enough" };
}

/** `600,000 CNY`. */
export function amount(money) {
  if (!money) return t("unknown");
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 }).format(Number(money.amount));
  return `${number} ${money.currency}`;
}

export const number = (value, digits = 0) => new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);

/** A chance from 0 to 1. */
export function percent(p) {
  if (p === null || p === undefined) return t("unknown");
  if (p > 0 && p < 0.01) return "<\u00a01\u00a0%";
  return `${Math.round(p * 100)}\u00a0%`;
}

export const latitude = (lat) => `${Math.abs(lat).toFixed(1)}°${lat < 0 ? "S" : "N"}`;
export function longitude(lon) {
  const wrapped = ((((lon + 180) % 360) + 360) % 360) - 180;
  return `${Math.abs(wrapped).toFixed(1)}°${wrapped < 0 ? "W" : "E"}`;
}
