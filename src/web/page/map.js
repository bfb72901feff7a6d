// The map: land, storms, warning areas, lanes and sites, at the hour of the slider.

import * as maplibre from "./vendor/maplibre-gl.mjs";
import { $, el, svg } from "./dom.js";
import { layers, signs } from "./layers.js";
import { open, shown } from "./list.js";
import { known, on } from "./state.js";
import { near, ring, stormAt, tracks, windAt } from "./storm.js";
import { swath } from "./swath.js";
import { dayHour, nowMs, percent, t, time } from "./words.js";

/** With more sites than this they are drawn in clusters. */
const CLUSTERED_FROM = 150;
const RANK = { watch: 1, warn: 2, act: 3 };
const LEVELS = [null, "watch", "warn", "act"];
/** A mark on the track this often; on a narrow map half as often. */
const MARK_MS = 12 * 3600e3;
const NARROW_PX = 560;

/** Text where HTML is expected. */
const plain = (text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);

const empty = () => ({ type: "FeatureCollection", features: [] });

/** Makes the map. Calls `ready` with what the slider needs when the tracks have been read. */
export function startMap() {
  const colours = () => getComputedStyle(document.documentElement);
  const map = new maplibre.Map({
    container: "map",
    style: $("map").dataset.style ?? { version: 8, sources: {}, layers: [] },
    center: [122, 28],
    zoom: 4,
    maxZoom: 12,
    attributionControl: false,
    canvasContextAttributes: { preserveDrawingBuffer: true },
    pitchWithRotate: false,
    dragRotate: false,
    fadeDuration: 0,
    locale: { "Map.Title": t("map_region") },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  map.addControl(new maplibre.AttributionControl({ compact: true, customAttribution: ["MapLibre", $("map").dataset.by || "Natural Earth"].map(plain).join(" · ") }));
  const chart = new Chart(map, colours);
  map.on("load", () => chart.begin());
  map.on("error", ({ error }) => console.error(error?.message ?? "map"));
  return chart;
}

class Chart {
  tracks = [];
  at = nowMs();
  labels = [];
  marks = [];
  isReady = false;
  isFitted = false;

  constructor(map, colours) {
    this.map = map;
    this.colours = colours;
  }

  begin() {
    const { map } = this;
    const { tiles, style } = $("map").dataset;
    map.addSource("land", { type: "geojson", data: tiles || style ? empty() : "/page/vendor/land.geojson" });
    if (tiles) {
      map.addSource("tiles", { type: "raster", tiles: [tiles], tileSize: 256 });
      map.addLayer({ id: "tiles", type: "raster", source: "tiles" });
    }
    for (const id of ["hazards", "lanes", "hour", "rings"]) map.addSource(id, { type: "geojson", data: empty() });
    this.addSites(false);
    for (const [name, image] of signs(this.colours())) map.addImage(name, image, { pixelRatio: 2 });
    // A base map of one's own has its own sea.
    const own = layers(this.colours()).filter((layer) => layer.type !== "background" || !(tiles || style));
    for (const layer of own) map.addLayer(layer);
    this.storms = new Map();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
    for (const layer of ["sites", "lanes-act", "lanes-warn", "lanes-watch", "lanes-none", "areas"]) {
      map.on("click", layer, (event) => this.clicked(event));
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    // What it says fits into its button until somebody asks.
    document.querySelector(".maplibregl-ctrl-attrib")?.classList.remove("maplibregl-compact-show");
    document.querySelector(".maplibregl-ctrl-attrib")?.removeAttribute("open");
    map.on("moveend", () => this.label());
    map.on("idle", () => this.count());
    this.isReady = true;
    on("hazards", () => this.drawHazards());
    on("places filtered", () => this.drawPlacesSoon());
    on("open", () => this.show());
    this.drawHazards();
    this.drawPlaces();
  }

  paint() {
    for (const [name, image] of signs(this.colours())) this.map.updateImage(name, image);
    for (const { id, paint } of layers(this.colours())) {
      if (!this.map.getLayer(id)) continue;
      for (const [property, value] of Object.entries(paint ?? {})) this.map.setPaintProperty(id, property, value);
    }
    this.drawSwaths();
  }

  addSites(isClustered) {
    this.isClustered = isClustered;
    const clusterProperties = { worst: ["max", ["get", "rank"]] };
    this.map.addSource("sites", {
      type: "geojson",
      data: empty(),
      cluster: isClustered,
      clusterRadius: 44,
      clusterMaxZoom: 9,
      ...(isClustered ? { clusterProperties } : {}),
    });
  }

  /** What moves only when a bulletin comes: tracks, their winds, warning areas. */
  drawHazards() {
    if (!this.isReady) return;
    this.tracks = tracks(known.hazards);
    this.map.getSource("hazards").setData(known.hazards);
    this.drawSwaths();
    for (const mark of this.marks) mark.remove();
    this.marks = this.leading().flatMap((track) => this.marksOf(track));
    this.moved?.();
    this.setHour(this.at);
    this.fit(false);
  }

  /** Where each storm brings winds on its way: a picture a track, under its line. */
  drawSwaths() {
    for (const id of this.swaths ?? []) {
      this.map.removeLayer(id);
      this.map.removeSource(id);
    }
    this.swaths = [];
    for (const track of this.leading()) {
      const made = swath(track, this.colours());
      if (!made) continue;
      const id = `swath-${this.swaths.length}`;
      this.map.addSource(id, { type: "canvas", canvas: made.canvas, coordinates: made.corners, animate: false });
      this.map.addLayer({ id, type: "raster", source: id, paint: { "raster-fade-duration": 0 } }, "circles");
      this.swaths.push(id);
    }
  }

  /** The tracks by which alerts go. */
  leading() {
    return this.tracks.filter((track) => track.leading && track.standing !== "member");
  }

  marksOf(track) {
    const marks = [];
    const every = this.map.getContainer().clientWidth < NARROW_PX ? 2 * MARK_MS : MARK_MS;
    let before = -Infinity;
    for (const fix of track.fixes) {
      if (fix.at - before < every) continue;
      before = fix.at;
      const label = el("span", { class: "fix-label", "aria-hidden": "true" }, dayHour(fix.at));
      const options = { element: label, anchor: "right", offset: [-9, 0] };
      marks.push(new maplibre.Marker(options).setLngLat([fix.lon, fix.lat]).addTo(this.map));
    }
    return marks;
  }

  /** Draws the places after the list, once for all that has changed till then. */
  drawPlacesSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.drawPlaces(), 50);
  }

  /** Sites and lanes by their level, those that the filters leave. */
  drawPlaces() {
    if (!this.isReady) return;
    const kept = new Set(shown().map((alert) => alert.id));
    const drawn = this.drawn;
    this.drawn = { places: known.places, ids: [...kept].sort().join("\n") };
    if (drawn?.places === this.drawn.places && drawn.ids === this.drawn.ids) return;
    const features = known.places.features
      .filter(({ properties }) => !properties.alert || properties.state === "cleared" || kept.has(properties.alert))
      .map((feature) => ({ ...feature, properties: { ...feature.properties, rank: RANK[feature.properties.level] ?? 0 } }));
    const sites = features.filter((feature) => feature.properties.type === "site");
    if (sites.length > CLUSTERED_FROM !== this.isClustered) this.recluster(sites.length > CLUSTERED_FROM);
    this.sites = sites;
    this.map.getSource("sites").setData({ type: "FeatureCollection", features: sites });
    const lanes = features.filter((feature) => feature.properties.type === "lane");
    this.map.getSource("lanes").setData({ type: "FeatureCollection", features: lanes });
    this.setHour(this.at);
    this.label();
    this.fit(false);
  }

  recluster(isClustered) {
    const ids = layers(this.colours()).filter((layer) => layer.source === "sites");
    for (const { id } of ids) this.map.removeLayer(id);
    this.map.removeSource("sites");
    this.addSites(isClustered);
    for (const layer of ids) this.map.addLayer(layer);
  }

  /** Moves the storm to an instant. Gives what there is to say of it. */
  setHour(at) {
    this.at = at;
    if (!this.isReady) return { storms: [], inGale: 0 };
    const rings = [];
    const storms = [];
    for (const track of this.leading()) {
      const storm = stormAt(track, at);
      this.placeStorm(track, storm);
      if (!storm) continue;
      storms.push({ name: track.name ?? track.event, ...storm });
      rings.push(...ringsOf(storm));
    }
    for (const [key, marker] of this.storms) {
      if (!this.leading().some((track) => track.hazard === key)) {
        marker.remove();
        this.storms.delete(key);
      }
    }
    rings.sort((a, b) => a.properties.kt - b.properties.kt);
    this.map.getSource("rings").setData({ type: "FeatureCollection", features: rings });
    const hit = (this.sites ?? [])
      .map((site) => ({ ...site, properties: { kt: windAt(site.properties, at) } }))
      .filter((site) => site.properties.kt > 0);
    this.map.getSource("hour").setData({ type: "FeatureCollection", features: hit });
    return { storms, inGale: hit.length };
  }

  placeStorm(track, storm) {
    let marker = this.storms.get(track.hazard);
    if (!storm) {
      marker?.remove();
      this.storms.delete(track.hazard);
      return;
    }
    if (!marker) {
      marker = new maplibre.Marker({ element: stormSign(), anchor: "center" }).setLngLat([storm.lon, storm.lat]).addTo(this.map);
      this.storms.set(track.hazard, marker);
    }
    marker.setLngLat([storm.lon, storm.lat]);
    const kt = storm.kt === null ? "" : ` ${Math.round(storm.kt)} kt`;
    const text = `${track.name ?? track.event}${kt}`;
    marker.getElement().querySelector(".storm-name").textContent = text;
  }

  /** Names of sites in danger, as many as there is room for. */
  label() {
    if (!this.isReady) return;
    for (const label of this.labels) label.remove();
    this.labels = [];
    if (this.isClustered && this.map.getZoom() < 9) return;
    const taken = [];
    const sites = (this.sites ?? []).filter((site) => site.properties.rank > 0);
    for (const site of sites.sort((a, b) => b.properties.rank - a.properties.rank)) {
      const { x, y } = this.map.project(site.geometry.coordinates);
      const chance = site.properties.p_34kt > 0 ? ` ${percent(site.properties.p_34kt)}` : "";
      const box = { x, y: y - 9, w: 22 + site.properties.site.length * 8 + chance.length * 6, h: 18 };
      const overlaps = (other) => box.x < other.x + other.w && other.x < box.x + box.w && box.y < other.y + other.h && other.y < box.y + box.h;
      if (taken.some(overlaps)) continue;
      taken.push(box);
      const label = el("span", { class: "site-label", "aria-hidden": "true" }, site.properties.site, el("i", {}, chance));
      const marker = new maplibre.Marker({ element: label, anchor: "left", offset: [11, 0] });
      this.labels.push(marker.setLngLat(site.geometry.coordinates).addTo(this.map));
    }
  }

  /** How many sites a cluster holds: numbers in HTML, since text in the map would need fonts from elsewhere. */
  count() {
    for (const marker of this.counts ?? []) marker.remove();
    this.counts = [];
    if (!this.isClustered) return;
    const seen = new Set();
    for (const { properties, geometry } of this.map.queryRenderedFeatures({ layers: ["clusters"] })) {
      if (seen.has(properties.cluster_id)) continue;
      seen.add(properties.cluster_id);
      const level = LEVELS[properties.worst];
      const label = t("cluster", { n: properties.point_count, level: t(`level_${level ?? "none"}`) });
      const zoom = async () => {
        const to = await this.map.getSource("sites").getClusterExpansionZoom(properties.cluster_id);
        this.map.easeTo({ center: geometry.coordinates, zoom: to });
      };
      const number = properties.point_count_abbreviated ?? properties.point_count;
      const button = el("button", { type: "button", class: `cluster ${level ?? "quiet"}`, "aria-label": label, title: label, onclick: zoom }, `${number}`);
      this.counts.push(new maplibre.Marker({ element: button }).setLngLat(geometry.coordinates).addTo(this.map));
    }
  }

  clicked({ point, lngLat }) {
    const [feature] = this.map.queryRenderedFeatures(point, { layers: ["sites", "lanes-act", "lanes-warn", "lanes-watch", "lanes-none", "areas"] });
    if (!feature) return;
    const { properties } = feature;
    if (properties.alert) {
      open(properties.alert);
      return;
    }
    const lines = properties.part === "area"
      ? [properties.title ?? properties.event, properties.areas, properties.agency, properties.expires && `→ ${time(properties.expires)}`]
      : [properties.site ?? properties.lane, properties.site_name ?? `${properties.origin} → ${properties.destination}`, properties.dealer_name, t("level_none")];
    const content = el("div", {}, lines.filter(Boolean).map((line) => el("p", {}, line)));
    new maplibre.Popup({ closeButton: true, maxWidth: "280px" }).setLngLat(lngLat).setDOMContent(content).addTo(this.map);
  }

  /** Moves to the alert whose details are shown. */
  show() {
    const alert = known.alerts.find((one) => one.id === known.open);
    this.map.setFilter("chosen", ["==", ["get", "site"], alert?.subject_type === "site" ? alert.subject : ""]);
    if (!alert || alert.lat === null || this.isHidden()) return;
    if (!this.map.getBounds().contains([alert.lon, alert.lat])) this.map.easeTo({ center: [alert.lon, alert.lat], duration: still() ? 0 : 600 });
  }

  isHidden = () => $("map").clientHeight === 0;

  /** Shows the storm's way from now on and what it threatens; by itself only once. */
  fit(isAsked) {
    const hasAll = known.hazards.features.length > 0 && known.places.features.length > 0;
    if (!isAsked && (this.isFitted || !hasAll || this.isHidden())) return;
    const bounds = new maplibre.LngLatBounds();
    const from = nowMs() - 6 * 3600e3;
    let first = null;
    for (const track of this.leading()) {
      for (const fix of track.fixes.filter((one) => one.at >= from && one.at <= from + 54 * 3600e3)) {
        first ??= fix.lon;
        bounds.extend([near(fix.lon, first), fix.lat]);
      }
    }
    for (const site of this.sites ?? []) {
      if (site.properties.rank > 1) bounds.extend([near(site.geometry.coordinates[0], first ?? site.geometry.coordinates[0]), site.geometry.coordinates[1]]);
    }
    if (bounds.isEmpty()) for (const site of this.sites ?? []) bounds.extend(site.geometry.coordinates);
    if (bounds.isEmpty()) return;
    this.isFitted = true;
    const padding = Math.min(60, $("map").clientHeight / 7, $("map").clientWidth / 7);
    this.map.fitBounds(bounds, { padding, maxZoom: 7, animate: isAsked && !still() });
  }
}

/** How far each wind of a storm reaches. */
function ringsOf(storm) {
  const winds = Object.entries(storm?.winds ?? {}).filter(([, quadrants]) => quadrants.some((km) => km > 0));
  return winds.map(([kt, quadrants]) => ({
    type: "Feature",
    properties: { kt: Number(kt) },
    geometry: { type: "Polygon", coordinates: [ring(storm, quadrants)] },
  }));
}

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function stormSign() {
  const arms = svg("svg", { viewBox: "0 0 32 32", class: "storm-sign", "aria-hidden": "true" });
  arms.append(svg("path", { d: "M16 9a7 7 0 1 0 0 14 7 7 0 1 0 0-14ZM22 12C20 5 14 2 8 3c5 0 7 2 8 6M10 20c2 7 8 10 14 9-5 0-7-2-8-6" }));
  arms.append(svg("circle", { cx: 16, cy: 16, r: 2.6, class: "eye" }));
  return el("div", { class: "storm", id: "storm" }, arms, el("span", { class: "storm-name" }));
}

