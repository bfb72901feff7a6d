// The list of alerts, the nearest deadline first, with filters, search and countdowns.

import { $, el, say, sign } from "./dom.js";
import { known, on, tell } from "./state.js";
import { amount, left, percent, t, time, zoneId } from "./words.js";

const SELECTS = { event: "by-event", level: "by-level", dealer: "by-dealer", manager: "by-manager" };
/** More rows than this are not drawn at once; a button draws the rest. */
const ROWS_MAX = 200;
let rowsMax = ROWS_MAX;

export function startList() {
  for (const id of Object.values(SELECTS)) $(id).addEventListener("change", draw);
  $("search").addEventListener("input", draw);
  $("filters").addEventListener("submit", (event) => event.preventDefault());
  $("filters").addEventListener("reset", () => queueMicrotask(draw));
  on("alerts", () => {
    fillSelects();
    draw();
  });
  on("open", mark);
  setInterval(count, 15_000);
}

/** The alerts that pass the filters. */
export function shown() {
  const wanted = Object.fromEntries(Object.entries(SELECTS).map(([name, id]) => [name, $(id).value]));
  const words = $("search").value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return known.alerts.filter((alert) => {
    const isWanted = Object.entries(wanted).every(([name, value]) => !value || alert[name] === value);
    const texts = [alert.subject, alert.subject_name, alert.dealer, alert.dealer_name, alert.manager_name, alert.event_name];
    const text = texts.filter(Boolean).join(" ").toLocaleLowerCase();
    return isWanted && words.every((word) => text.includes(word));
  });
}

export const isFiltered = () => shown().length !== known.alerts.length;

function fillSelects() {
  fill("by-event", known.alerts.map((alert) => [alert.event, alert.event_name ?? alert.event]));
  fill("by-dealer", known.alerts.filter((alert) => alert.dealer).map((alert) => [alert.dealer, alert.dealer_name ?? alert.dealer]));
  fill("by-manager", known.alerts.filter((alert) => alert.manager).map((alert) => [alert.manager, alert.manager_name ?? alert.manager]));
}

function fill(id, pairs) {
  const select = $(id);
  const chosen = select.value;
  const found = [...new Map(pairs)];
  const now = JSON.stringify(found);
  if (select.dataset.has === now) return;
  select.dataset.has = now;
  const sorted = found.sort((a, b) => a[1].localeCompare(b[1]));
  select.replaceChildren(select.options[0], ...sorted.map(([value, text]) => el("option", { value }, text)));
  select.value = sorted.some(([value]) => value === chosen) ? chosen : "";
}

function draw() {
  const alerts = shown();
  const focused = document.activeElement?.closest?.("[data-alert]")?.dataset.alert;
  $("number-alerts").textContent = known.alerts.length || "";
  const filters = Object.values(SELECTS).filter((id) => $(id).value).length;
  $("filters-on").textContent = filters || "";
  const none = known.alerts.length === 0 ? "none" : "none_match";
  $("count").textContent = alerts.length === 0 ? t(none) : t("count", { shown: alerts.length, total: known.alerts.length });
  const before = drawn;
  drawn = new Map();
  const rows = alerts.slice(0, rowsMax).map((alert) => kept(alert, before.get(alert.id)));
  if (alerts.length > rowsMax) {
    const all = () => {
      rowsMax = Infinity;
      draw();
    };
    rows.push(el("li", {}, el("button", { type: "button", class: "rest", onclick: all }, `… ${alerts.length - rowsMax}`)));
  }
  lay($("alerts"), rows);
  if (focused && !document.activeElement?.closest?.("[data-alert]")) $("alerts").querySelector(`[data-alert="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  mark();
  tell("filtered");
}

/** The rows as they were last drawn, by what they say. */
let drawn = new Map();

/** The row of an alert: when one alert changes, the others' rows stay. */
function kept(alert, before) {
  const says = JSON.stringify([alert, zoneId()]);
  const made = before?.says === says ? before : { says, row: row(alert) };
  drawn.set(alert.id, made);
  return made.row;
}

/** Puts rows into a list, each in its place; what is there already is not touched. */
function lay(list, rows) {
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null);
  });
  while (list.children.length > rows.length) list.lastElementChild.remove();
}

function row(alert) {
  const rest = left(alert.act_by);
  const facts = [
    alert.danger_from && t("danger_from", { at: time(alert.danger_from) }),
    alert.p_34kt !== null && percent(alert.p_34kt),
    Number(alert.expected_loss?.amount ?? 0) >= 1 && t("loss", { amount: amount(alert.expected_loss) }),
  ].filter(Boolean);
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: `row ${alert.level}`, "data-alert": alert.id, onclick: () => open(alert.id) },
      sign(alert.level),
      el(
        "span",
        { class: "what" },
        el("span", { class: "title" }, el("b", {}, alert.subject), alert.subject_name ? ` ${alert.subject_name}` : ""),
        el("span", { class: "sub" }, [t(`level_${alert.level}`), alert.dealer_name, alert.event_name].filter(Boolean).join(" · ")),
        el("span", { class: "sub facts" }, facts.join(" · ")),
      ),
      el(
        "span",
        { class: "when" },
        el("span", { class: `left ${rest.kind}`, "data-act-by": alert.act_by ?? "" }, rest.text),
        el("span", { class: `state ${alert.state}` }, t(`state_${alert.state}`)),
      ),
    ),
  );
}

/** Counts the deadlines down without drawing the list anew. */
function count() {
  for (const element of document.querySelectorAll("[data-act-by]")) {
    const rest = left(element.dataset.actBy || null);
    element.textContent = rest.text;
    element.className = `left ${rest.kind}`;
  }
}

function mark() {
  for (const button of $("alerts").querySelectorAll("[data-alert]")) {
    if (button.dataset.alert === known.open) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

/** Shows the details of an alert. */
export function open(id) {
  known.open = id;
  const alert = known.alerts.find((one) => one.id === id);
  if (alert) say(t("opened_alert", { site: alert.subject, level: t(`level_${alert.level}`) }));
  tell("open");
}
