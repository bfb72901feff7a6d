// What is known, and who wants to hear when it changes.

import * as api from "./api.js";

const EMPTY = { type: "FeatureCollection", features: [] };

export const known = {
  who: null,
  alerts: [],
  events: [],
  proposals: [],
  feeds: [],
  silences: { silences: [], may_add: "none" },
  places: EMPTY,
  hazards: EMPTY,
  /** The alert whose details are shown. */
  open: null,
};

/** What a place has without an alert. */
const QUIET = new Set(["type", "site", "site_name", "site_kind", "dealer", "dealer_name", "manager", "coast_m", "stock_value", "currency", "lane", "mode", "origin", "destination"]);

const listeners = new Map();

/** Calls `listener` whenever one of these parts changes: alerts, proposals, silences, feeds, places, hazards, open. */
export function on(parts, listener) {
  for (const part of parts.split(" ")) listeners.set(part, [...(listeners.get(part) ?? []), listener]);
}

export function tell(...parts) {
  const heard = new Set(parts.flatMap((part) => listeners.get(part) ?? []));
  for (const listener of heard) listener();
}

const readers = {
  alerts: async () => {
    const first = (some) => {
      if (known.alerts.length > 0) return;
      known.alerts = some;
      tell("alerts");
    };
    const [alerts, events] = await Promise.all([api.alerts(first), api.get("events")]);
    Object.assign(known, { alerts, events: events.events });
  },
  proposals: async () => Object.assign(known, { proposals: (await api.get("proposals")).proposals }),
  silences: async () => Object.assign(known, { silences: await api.get("silences") }),
  feeds: async () => Object.assign(known, { feeds: (await api.get("feeds")).feeds }),
  places: async () => Object.assign(known, { places: await api.get("exposures?scope=all") }),
  placesInDanger: async () => Object.assign(known, { places: merged(known.places, await api.get("exposures")) }),
  hazards: async () => Object.assign(known, { hazards: await api.get("hazards") }),
};

/** All places, those in danger as they now are, the others as quiet ones: there may be thousands of quiet ones. */
function merged(places, inDanger) {
  const now = new Map(inDanger.features.map((feature) => [feature.id, feature]));
  const quiet = ({ properties, ...rest }) => {
    const own = Object.entries(properties).filter(([name]) => QUIET.has(name));
    return { ...rest, properties: { ...Object.fromEntries(own), level: null } };
  };
  const features = places.features.map((one) => now.get(one.id) ?? (one.properties.level ? quiet(one) : one));
  return { ...places, features };
}

/** Reads parts again and tells of each as soon as it is there. */
export async function read(...parts) {
  await Promise.all(
    parts.map(async (part) => {
      await readers[part]();
      tell(part === "placesInDanger" ? "places" : part);
    }),
  );
}

export const readAll = () => read("alerts", "proposals", "silences", "feeds", "places", "hazards");

/** With more changed alerts than this the whole list is read again. */
const SINGLE_MAX = 8;

/** Reads again what a change is about: what somebody waits for first. */
export async function readChanged(change) {
  const { alerts, events, proposals, hazards, feeds, silences, portfolio } = change;
  const isFew = alerts.length <= SINGLE_MAX && events.length === 0;
  if (alerts.length > 0 && isFew) await readSingle(alerts);
  const parts = [];
  if (!isFew) parts.push("alerts");
  if (portfolio || (alerts.length > 0 && known.places === EMPTY)) parts.push("places");
  else if (alerts.length > 0) parts.push("placesInDanger");
  if (proposals.length > 0) parts.push("proposals");
  if (silences) parts.push("silences");
  if (hazards) parts.push("hazards");
  if (feeds) parts.push("feeds");
  await read(...parts);
}

/** Reads some alerts and puts each in its place of the list. */
async function readSingle(ids) {
  const read = await Promise.all(ids.map((id) => api.get(`alerts/${encodeURIComponent(id)}`)));
  const rest = known.alerts.filter((alert) => !ids.includes(alert.id));
  known.alerts = [...rest, ...read.filter((alert) => alert.state !== "cleared")].sort(byDeadline);
  tell("alerts");
}

const LEVELS = ["act", "warn", "watch"];

/** The order of the server's list. */
function byDeadline(a, b) {
  const at = (alert) => (alert.act_by ? Date.parse(alert.act_by) : Infinity);
  const order = at(a) === at(b) ? LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) : at(a) - at(b);
  return order || (a.id < b.id ? -1 : 1);
}
