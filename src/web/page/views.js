// The other lists: what waits for a signature, the feeds, the season's ledger.

import { get, post } from "./api.js";
import { $, el, say } from "./dom.js";
import { known, on } from "./state.js";
import { amount, nowMs, number, t, tOr, time } from "./words.js";

const VIEWS = ["alerts", "approvals", "silences", "feeds", "ledger"];

export function startViews() {
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", () => show(button.dataset.view));
  on("proposals", drawApprovals);
  on("feeds", drawFeeds);
}

function show(view) {
  for (const one of VIEWS) $(`view-${one}`).hidden = one !== view;
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  if (view === "ledger") drawLedger();
}

function drawApprovals() {
  const open = known.proposals.filter((one) => one.state === "proposed");
  $("number-approvals").textContent = open.length || "";
  const cards = known.proposals.map(card);
  $("view-approvals").replaceChildren(...(cards.length > 0 ? cards : [el("p", { class: "fine" }, t("approvals_none"))]));
}

function card(proposal) {
  const { matter } = proposal;
  const way = (one) => el("li", {}, t("proposal_way", { way: t(`way_${one.kind}`), mode: one.mode, at: time(one.arrives) }), one.added_cost && ` · ${amount(one.added_cost)}`);
  const goods = (one) => el("li", {}, t("proposal_goods", { sku: one.sku, quantity: number(Number(one.quantity)), days: number(one.cover_days, 1) }));
  const lines = { switch: () => (matter.ways ?? []).map(way), order: () => (matter.lines ?? []).map(goods), season: () => [el("li", {}, `${matter.from_day} – ${matter.to_day}: ${matter.lane} → ${matter.to}`)] };
  const steps = proposal.steps.map((step) => {
    const role = tOr(`role_${step.role}`, step.role);
    return el("li", { class: step.signed ? "signed" : "" }, step.signed ? t("proposal_signed", { role }) : t("proposal_waits", { role, names: step.names.join(", ") }));
  });
  return el(
    "article",
    { class: `card ${proposal.state}` },
    el("h2", {}, t(`proposal_${proposal.kind}`, { subject: proposal.subject })),
    el("p", { class: "sub" }, [t(`proposal_${proposal.state}`), proposal.dealer_name, proposal.act_by && proposal.state === "proposed" && t("proposal_by", { at: time(proposal.act_by) })].filter(Boolean).join(" · ")),
    proposal.cost && el("p", {}, t("proposal_cost", { cost: amount(proposal.cost) })),
    el("ul", { class: "plain" }, lines[proposal.kind]?.() ?? []),
    el("ul", { class: "plain steps" }, steps),
    proposal.may_decide && decide(proposal),
  );
}

function decide(proposal) {
  const id = `note-${proposal.id}`;
  const field = el("input", { type: "text", id, maxlength: 1000 });
  const fault = el("p", { class: "refusal", role: "alert", hidden: true });
  const button = (verdict) => {
    const press = async () => {
      try {
        const body = { as: verdict, revision: proposal.revision, note: field.value.trim() || null, press: crypto.randomUUID() };
        await post(`proposals/${encodeURIComponent(proposal.id)}/decisions`, body);
        say(t("decision_kept", { answer: t(verdict) }));
      } catch (error) {
        fault.textContent = t("answer_failed", { why: error.message });
        fault.hidden = false;
      }
    };
    return el("button", { type: "button", class: `answer ${verdict}`, onclick: press }, t(verdict));
  };
  return el("div", {}, el("label", { for: id }, t("answer_note")), field, fault, el("div", { class: "buttons" }, button("approve"), button("decline")));
}

/** A table that may be wider than the list. */
function table(label, heads, rows) {
  const head = el("thead", {}, el("tr", {}, heads.map((text) => el("th", { scope: "col" }, text))));
  const body = rows.map((cells) => el("tr", {}, cells.map((cell, index) => el(index === 0 ? "th" : "td", index === 0 ? { scope: "row" } : {}, cell))));
  return el("div", { class: "wide", tabindex: 0, role: "group", "aria-label": label }, el("table", {}, head, el("tbody", {}, body)));
}

function drawFeeds() {
  const state = (feed) => feed.trouble ?? (feed.failures > 0 ? "failing" : "well");
  const rows = known.feeds.map((feed) => [
    feed.feed,
    el("span", { class: `tag ${state(feed)}`, title: feed.fault ?? "" }, t(`feed_${state(feed)}`)),
    time(feed.ok_at),
    time(feed.issued),
  ]);
  const heads = [t("feed"), t("feed_state"), t("feed_ok"), t("feed_issued")];
  $("view-feeds").replaceChildren(rows.length > 0 ? table(t("tab_feeds"), heads, rows) : el("p", { class: "fine" }, t("feeds_none")));
}

async function drawLedger() {
  const view = $("view-ledger");
  const year = new Date(nowMs()).getUTCFullYear();
  try {
    const ledger = await get(`ledger?season=${year}`);
    const sum = (money) => (money ? amount(money) : "–");
    const rows = ledger.entries.map((entry) => [
      entry.subject.id,
      time(entry.opened_at),
      entry.answer ? t(`state_${entry.answer}`) : "–",
      sum(entry.expected_loss),
      sum(entry.found.spent),
      sum(entry.found.saved),
    ]);
    const heads = ["subject", "opened", "answer", "expected", "spent", "saved"].map((name) => t(`ledger_${name}`));
    const acted = ledger.entries.filter((entry) => ["acting", "done"].includes(entry.answer)).length;
    const line = `${t("ledger_season")} ${year} · ${t("ledger_alerts")}: ${rows.length} · ${t("ledger_acted")}: ${acted}`;
    view.replaceChildren(...(rows.length > 0 ? [el("p", { class: "fine" }, line), table(t("tab_ledger"), heads, rows)] : [el("p", { class: "fine" }, t("ledger_none", { year }))]));
  } catch (error) {
    view.replaceChildren(el("p", { class: "refusal", role: "alert" }, t("failed", { why: error.message })));
  }
}
