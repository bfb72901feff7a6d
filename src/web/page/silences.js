// Silences: what need not be told for a while, and why; a form for a new one.

import { post, remove } from "./api.js";
import { $, el, say } from "./dom.js";
import { known, on } from "./state.js";
import { t, time } from "./words.js";

const HOURS = [3, 12, 24, 72];

export function startSilences() {
  on("silences", draw);
}

function draw() {
  const { silences, may_add: mayAdd } = known.silences;
  $("number-silences").textContent = silences.length || "";
  const view = $("view-silences");
  // Who is writing must not lose their words to a silence of somebody else's.
  const form = view.querySelector("form") ?? (mayAdd !== "none" && adding(mayAdd));
  const cards = silences.map(card);
  view.replaceChildren(...(cards.length > 0 ? cards : [el("p", { class: "fine" }, t("silences_none"))]), ...(form ? [form] : []));
}

function card(silence) {
  const named = ["event", "subject", "dealer", "rule", "person"].filter((part) => silence[part]);
  const covers = named.map((part) => `${t(`silence_${part}`)} ${silence[part]}`);
  const fault = el("p", { class: "refusal", role: "alert", hidden: true });
  const end = () => said(fault, remove(`silences/${encodeURIComponent(silence.id)}`), "silence_ended");
  return el(
    "article",
    { class: "card" },
    el("h2", {}, covers.join(", ")),
    el("p", { class: "sub" }, [t("silence_until", { at: time(silence.until) }), silence.author_name, silence.even_act && t("silence_even_act")].filter(Boolean).join(" · ")),
    el("p", {}, el("q", {}, silence.reason)),
    fault,
    silence.may_end && el("div", { class: "buttons" }, el("button", { type: "button", class: "answer", onclick: end }, t("silence_end"))),
  );
}

/** The form: what, how long, why. */
function adding(mayAdd) {
  const option = ([value, text]) => el("option", { value }, text);
  const unique = (pairs) => [...new Map(pairs)].map(option);
  const dealers = unique(known.alerts.filter((one) => one.dealer).map((one) => [one.dealer, one.dealer_name ?? one.dealer]));
  const events = unique(known.alerts.map((one) => [one.event, one.event_name ?? one.event]));
  const field = (name, control) => el("label", {}, t(`silence_${name}`), control);
  const any = () => el("option", { value: "" }, t("filter_all"));
  const event = el("select", { name: "event" }, any(), events);
  const dealer = el("select", { name: "dealer", required: mayAdd === "own" }, mayAdd === "own" ? [] : any(), dealers);
  const subject = el("input", { type: "text", name: "subject", autocomplete: "off" });
  const hours = el("select", { name: "hours" }, HOURS.map((one) => option([one, t("silence_hours", { n: one })])));
  const reason = el("input", { type: "text", name: "reason", required: true, maxlength: 1000 });
  const evenAct = el("input", { type: "checkbox", name: "even_act" });
  const fault = el("p", { class: "refusal", role: "alert", hidden: true });
  const form = el(
    "form",
    { class: "card" },
    el("h2", {}, t("silence_new")),
    el("p", { class: "fine" }, t("silence_about")),
    el("div", { class: "selects" }, field("event", event), field("dealer", dealer), field("subject", subject), field("length", hours)),
    field("reason", reason),
    el("label", { class: "check" }, evenAct, " ", t("silence_even_act")),
    fault,
    el("div", { class: "buttons" }, el("button", { class: "answer" }, t("silence_add"))),
  );
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const word = (control) => control.value.trim() || null;
    const body = { event: word(event), dealer: word(dealer), subject: word(subject), hours: Number(hours.value), reason: reason.value, even_act: evenAct.checked };
    if (await said(fault, post("silences", body), "silence_kept")) form.reset();
  });
  return form;
}

async function said(fault, asked, key) {
  try {
    await asked;
    fault.hidden = true;
    say(t(key));
    return true;
  } catch (error) {
    fault.textContent = t("answer_failed", { why: error.message });
    fault.hidden = false;
    return false;
  }
}
