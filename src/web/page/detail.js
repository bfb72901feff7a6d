// One alert: what to do, the money, how bad and how sure, its story, and the answer.

import { get, post } from "./api.js";
import { $, el, say, sign } from "./dom.js";
import { known, on, tell } from "./state.js";
import { amount, left, number, percent, t, tOr, time } from "./words.js";

const ANSWERS = ["told", "moving", "refused", "done"];
/** Lines of the story beyond these are the middle, and left out. */
const STORY_MAX = 40;
/** Actions beyond these are folded away, so that the answer is near. */
const ACTIONS_MAX = 3;
let opener = null;
/** What is being written, kept when the details are drawn anew. */
let note = "";

export function startDetail() {
  on("open", () => {
    note = "";
    if (known.open) opener = document.activeElement;
    load(true);
  });
  on("alerts", () => load(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && known.open) close();
  });
}

export function close() {
  const id = known.open;
  known.open = null;
  tell("open");
  const row = document.querySelector(`[data-alert="${CSS.escape(id ?? "")}"]`);
  (row ?? opener ?? $("list")).focus();
}

async function load(isNew) {
  const panel = $("detail");
  const id = known.open;
  document.body.classList.toggle("has-detail", Boolean(id));
  if (!id) {
    panel.hidden = true;
    panel.replaceChildren();
    return;
  }
  try {
    const story = await get(`alerts/${encodeURIComponent(id)}`);
    if (known.open !== id) return;
    const focused = panel.contains(document.activeElement) ? document.activeElement.id : null;
    panel.replaceChildren(...drawn(story));
    panel.hidden = false;
    if (isNew) {
      panel.scrollTop = 0;
      panel.focus();
    } else if (focused) $(focused)?.focus();
  } catch (error) {
    panel.replaceChildren(head(null), el("p", { class: "refusal", role: "alert" }, t("failed", { why: error.message })));
    panel.hidden = false;
  }
}

function drawn(story) {
  return [
    head(story),
    toDo(story),
    answer(story),
    money(story),
    howBad(story),
    storyOf(story),
  ].filter(Boolean);
}

function head(story) {
  const shut = el("button", { type: "button", id: "detail-close", class: "close", onclick: close }, t("close"));
  if (!story) return el("div", { class: "head" }, el("h2", { id: "detail-title" }, t("unknown")), shut);
  const rest = left(story.act_by);
  const dealer = story.dealer ? t("of_dealer", { dealer: story.dealer_name ?? story.dealer, manager: story.manager_name ?? t("unknown") }) : null;
  return el(
    "div",
    { class: `head ${story.level}` },
    el("h2", { id: "detail-title" }, sign(story.level), ` ${t(`level_${story.level}`)}: ${story.subject}`),
    shut,
    el("p", { class: "name" }, [story.subject_name, dealer].filter(Boolean).join(" · ")),
    el("p", { class: "name" }, [story.event_name ?? story.event, t(`state_${story.state}`)].join(" · ")),
    el(
      "p",
      { class: "deadline" },
      `${t("start_by")}: `,
      el("b", {}, story.act_by ? time(story.act_by) : t("unknown")),
      story.act_by && [" ", el("span", { class: `left ${rest.kind}`, "data-act-by": story.act_by }, rest.text)],
    ),
  );
}

function part(title, ...children) {
  return el("section", { class: "part" }, el("h3", {}, title), ...children);
}

function toDo({ advice }) {
  if (advice.actions.length === 0) return null;
  const items = advice.actions.map((action) => {
    const can = action.feasibility.is;
    const facts = [
      action.act_by && can !== "refused" && `${t("act_by")} ${time(action.act_by)}`,
      action.cost && `${t("costs")} ${amount(action.cost)}`,
      action.loss_avoided && `${t("avoids")} ${amount(action.loss_avoided)}`,
    ].filter(Boolean);
    const isPoor = !action.is_worth && can !== "refused";
    const verdict = action.act_or_wait && (can === "in-time" || can === "overtime") ? t(`verdict_${action.act_or_wait.verdict}`) : null;
    const tags = [t(`feasible_${can}`), verdict ?? (isPoor ? t("worth_no") : null)].filter(Boolean);
    return el(
      "li",
      { class: `action ${can} ${isPoor ? "poor" : ""}` },
      el("span", { class: "title" }, tOr(`action_${action.action}`, action.action)),
      el("span", { class: "tags" }, tags.map((text) => el("span", { class: "tag" }, text))),
      el("span", { class: "sub" }, facts.join(" · ")),
    );
  });
  const { shelter } = advice;
  const where = shelter && el("p", { class: "fine" }, t("shelter", { site: shelter.site, km: number(shelter.km), p: percent(shelter.p_34kt) }));
  const [first, rest] = [items.slice(0, ACTIONS_MAX), items.slice(ACTIONS_MAX)];
  const more = rest.length > 0 && el("details", {}, el("summary", {}, t("more_actions", { n: rest.length })), el("ol", { class: "actions", start: ACTIONS_MAX + 1 }, rest));
  return part(t("what_to_do"), el("ol", { class: "actions" }, first), more, where);
}

function answer(story) {
  if (story.state === "cleared") return null;
  if (!story.may_answer) return part(t("answer"), el("p", { class: "fine" }, t(known.who?.shown ? "answer_demo" : "answer_not_yours")), answers(story));
  const field = el("textarea", { id: "note", rows: 2, maxlength: 1000, oninput: (event) => (note = event.target.value) });
  field.value = note;
  const why = el("p", { class: "refusal", id: "note-why", hidden: true }, t("answer_why"));
  const press = async (kind, button) => {
    const words = field.value.trim();
    if (kind === "refused" && !words) {
      why.hidden = false;
      field.setAttribute("aria-describedby", "note-why");
      field.focus();
      return;
    }
    button.disabled = true;
    try {
      await post(`alerts/${encodeURIComponent(story.id)}/answers`, { as: kind, note: words || null, press: crypto.randomUUID() });
      note = "";
      field.value = "";
      say(t("answer_kept", { answer: t(`answer_${kind}`), site: story.subject }));
    } catch (error) {
      why.textContent = t("answer_failed", { why: error.message });
      why.hidden = false;
      say(why.textContent);
    }
    button.disabled = false;
  };
  const buttons = ANSWERS.map((kind) => {
    const button = el("button", { type: "button", id: `answer-${kind}`, class: `answer ${kind}` }, t(`answer_${kind}`));
    button.addEventListener("click", () => press(kind, button));
    return button;
  });
  return part(
    t("answer"),
    el("label", { for: "note" }, t("answer_note")),
    field,
    why,
    el("div", { class: "buttons" }, buttons),
    answers(story),
  );
}

function answers(story) {
  if (story.answers.length === 0) return null;
  const lines = story.answers.map((one) =>
    el("li", {}, el("time", {}, time(one.at)), ` ${one.by_name ?? one.by ?? t("operator")}: ${tOr(`answer_${one.kind}`, one.kind)}`, one.note && el("q", {}, one.note)),
  );
  return el("ul", { class: "said" }, lines);
}

function money(story) {
  if (!story.at_risk && !story.cost) return null;
  const rows = [
    [t("money_risk"), story.at_risk],
    [t("money_expected"), story.expected_loss],
    [t("money_cost"), story.cost],
  ].filter(([, value]) => value);
  const most = Math.max(...rows.map(([, value]) => Number(value.amount)), 1);
  const bars = rows.map(([name, value]) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.width = `${Math.max(1, (100 * Number(value.amount)) / most)}%`;
    return el("div", { class: "sum" }, el("dt", {}, name), el("dd", {}, amount(value)), bar);
  });
  return part(t("money"), el("dl", { class: "sums" }, bars));
}

function howBad({ exposure }) {
  const rows = ["34", "50", "64"]
    .map((kt) => ({ kt, p: exposure.probability?.[kt], when: exposure.arrival?.[kt] }))
    .filter(({ p, when }) => (p ?? 0) > 0 || when);
  const cells = ({ kt, p, when }) => [t(`wind_${kt}`), percent(p), ...["early", "likely", "last"].map((name) => (when?.[name] ? time(when[name]) : "–"))];
  const heads = ["", t("chance"), t("early"), t("likely"), t("ends")];
  const table = rows.length > 0 && el(
    "div",
    { class: "wide", tabindex: 0, role: "group", "aria-label": t("how_bad") },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, heads.map((text) => (text ? el("th", { scope: "col" }, text) : el("td", {}))))),
      el("tbody", {}, rows.map((row) => {
        const [first, ...rest] = cells(row);
        return el("tr", {}, el("th", { scope: "row" }, first), rest.map((text) => el("td", {}, text)));
      })),
    ),
  );
  const peak = exposure.peak_kt !== null && el("p", {}, t("peak", { kt: number(exposure.peak_kt), at: time(exposure.peak_at), km: exposure.closest_km === null ? t("unknown") : number(exposure.closest_km) }));
  const surge = exposure.surge.flag && el("p", { class: "surge" }, t("surge", { why: exposure.surge.reasons.join("; ") }));
  const agencies = (exposure.agencies ?? []).length > 1 && el("ul", { class: "plain" }, exposure.agencies.map((one) =>
    el("li", {}, t("agency_line", { agency: one.agency.toUpperCase(), kt: number(one.peak_kt), km: number(one.closest_km), p: percent(one.p_34kt) }))));
  if (!table && !peak && !surge) return null;
  return part(t("how_bad"), surge, table, peak, agencies);
}

function storyOf(story) {
  const happened = story.history.map((change) => {
    const reason = tOr(`reason_${change.reason.why}`, change.reason.why.replaceAll("-", " "));
    const kind = change.reason.kind ? tOr(`answer_${change.reason.kind}`, change.reason.kind) : "";
    const text = `${t(`level_${change.level}`)}, ${t(`state_${change.state}`)}: ${reason.replace("{kind}", kind)}`;
    return el("li", {}, el("time", {}, time(change.at)), ` ${text}`, change.note && el("q", {}, change.note));
  });
  const lines = happened.length > STORY_MAX ? [...happened.slice(0, 5), el("li", {}, "…"), ...happened.slice(-STORY_MAX + 6)] : happened;
  const heard = story.told.map((one) => el("li", {}, t("told_line", { name: one.name ?? one.person, at: time(one.first_at), n: one.reminders })));
  return part(t("story"), el("ol", { class: "story" }, lines), heard.length > 0 && el("ul", { class: "plain" }, heard));
}

