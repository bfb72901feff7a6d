// What is asked of the server and told to it, and the stream of what changes.

let csrf = null;

/** An answer that says what is wrong and how to mend it. */
export class Problem extends Error {
  constructor(status, body) {
    super([body?.detail, body?.hint].filter(Boolean).join("; ") || `HTTP ${status}`);
    this.status = status;
  }
}

async function asked(path, options) {
  const response = await fetch(path, { credentials: "same-origin", ...options });
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401) location.assign("/login");
  throw new Problem(response.status, await response.json().catch(() => null));
}

export const get = (path) => asked(`/api/v1/${path}`, { headers: { accept: "application/json" } });

export function post(path, body) {
  const headers = { "content-type": "application/json", ...word() };
  return asked(path.startsWith("/") ? path : `/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

export const remove = (path) => asked(`/api/v1/${path}`, { method: "DELETE", headers: word() });

/** What a page of another site cannot say. */
const word = () => (csrf ? { "x-csrf-token": csrf } : {});

export async function session() {
  const who = await get("session");
  csrf = who.csrf;
  return who;
}

/** Every alert that is not over, page by page; `first` is given the first page while the others come. */
export async function alerts(first) {
  const all = [];
  let cursor = null;
  do {
    const page = await get(`alerts?limit=${cursor ? 1000 : 200}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    all.push(...page.alerts);
    if (!cursor && page.next) first(page.alerts);
    cursor = page.next;
  } while (cursor);
  return all;
}

/** How long nothing may be heard: the server gives a sign of life every 15 s. */
const SILENT_MS = 40_000;
const AGAIN_MS = 3_000;

/**
 * Listens to what changes, for ever. `changed` is called with what did; `fresh` when everything must be read again, as
 * after a break; `alive` at each sign of life; `lost` with the time of the last one when there is none any more.
 */
export function listen({ changed, fresh, lost, alive: heardOf }) {
  let source;
  let heard = Date.now();
  let isLost = false;
  let begun = Date.now();
  const alive = () => {
    heard = Date.now();
    const wasLost = isLost;
    isLost = false;
    if (wasLost) fresh();
    else heardOf(heard);
  };
  const lose = () => {
    if (!isLost) lost(heard);
    isLost = true;
  };
  const open = () => {
    source?.close();
    begun = Date.now();
    source = new EventSource("/api/v1/events/stream");
    source.addEventListener("hello", alive);
    source.addEventListener("alive", alive);
    source.addEventListener("reload", () => {
      alive();
      fresh();
    });
    source.addEventListener("changed", (event) => {
      alive();
      changed(JSON.parse(event.data));
    });
    source.addEventListener("error", lose);
  };
  open();
  setInterval(() => {
    const isSilent = Date.now() - heard > SILENT_MS;
    if (isSilent) lose();
    if (isLost && Date.now() - begun > AGAIN_MS && (isSilent || source.readyState === EventSource.CLOSED)) open();
  }, 1000);
  addEventListener("online", open);
}
