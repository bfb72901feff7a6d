// What is known, and who wants to hear when it changes.

import * as api from "./api.js";

const EMPTY = { type: "FeatureCollection", features: [] };

export const known = {
  who: null,
  alerts: [],
  events: [],
  proposals: [],
  feeds: [],
  places: EMPTY,
  hazards: EMPTY,
  /** The alert whose details are shown. */
  open: null,
};

const listeners = new Map();

/** Calls `listener` whenever one of these parts changes: alerts, proposals, feeds, places, hazards, open. */
export function on(parts, listener) {
  for (const part of parts.split(" ")) listeners.set(part, [...(listeners.get(part) ?? []), listener]);
}

export function tell(...parts) {
  const heard = new Set(parts.flatMap((part) => listeners.get(part) ?? []));
  for (const listener of heard) listener();
}

const readers = {
  alerts: async () => {
    const [alerts, events] = await Promise.all([api.alerts(), api.get("events")]);
    Object.assign(known, { alerts, events: events.events });
  },
  proposals: async () => Object.assign(known, { proposals: (await api.get("proposals")).proposals }),
  feeds: async () => Object.assign(known, { feeds: (await api.get("feeds")).feeds }),
  places: async () => Object.assign(known, { places: await api.get("exposures?scope=all") }),
  hazards: async () => Object.assign(known, { hazards: await api.get("hazards") }),
};

/** Reads parts again and tells of each as soon as it is there. */
export async function read(...parts) {
  await Promise.all(
    parts.map(async (part) => {
      await readers[part]();
      tell(part);
    }),
  );
}

export const readAll = () => read("alerts", "proposals", "feeds", "places", "hazards");

/** Reads again what a change is about. */
export function readChanged(change) {
  const parts = new Set();
  if (change.alerts.length > 0 || change.events.length > 0) parts.add("alerts").add("places");
  if (change.proposals.length > 0) parts.add("proposals");
  if (change.hazards) parts.add("hazards");
  if (change.feeds) parts.add("feeds");
  return read(...parts);
}
