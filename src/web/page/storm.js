// The storm between its fixes: where it is at an instant, and how far its winds reach.

const KT = [34, 50, 64];
const QUADRANTS = ["ne", "se", "sw", "nw"];
const EARTH_KM = 6371.0088;

/** The tracks that the hazards' features hold, each with its fixes in order of time and longitudes without a jump. */
export function tracks(collection) {
  const byHazard = new Map();
  for (const { properties, geometry } of collection.features) {
    if (properties.part !== "fix") continue;
    const key = `${properties.hazard}/${properties.standing}`;
    if (!byHazard.has(key)) byHazard.set(key, { ...properties, fixes: [] });
    const [lon, lat] = geometry.coordinates;
    byHazard.get(key).fixes.push({ at: Date.parse(properties.time), lon, lat, kt: properties.vmax_kt, radii: radii(properties) });
  }
  for (const track of byHazard.values()) {
    track.fixes.sort((a, b) => a.at - b.at);
    track.fixes.forEach((fix, index) => {
      if (index > 0) fix.lon = near(fix.lon, track.fixes[index - 1].lon);
    });
  }
  return [...byHazard.values()];
}

/** The longitude that is the same place and nearest to another. */
export const near = (lon, other) => lon + Math.round((other - lon) / 360) * 360;

function radii(properties) {
  const all = {};
  for (const kt of KT) {
    const km = QUADRANTS.map((quadrant) => properties[`r${kt}_${quadrant}_km`]);
    if (km.some((one) => typeof one === "number")) all[kt] = km.map((one) => one ?? 0);
  }
  return all;
}

/** The storm at an instant; `null` before its first fix and after its last. */
export function stormAt(track, at) {
  const { fixes } = track;
  const after = fixes.findIndex((fix) => fix.at >= at);
  if (after < 0 || (after === 0 && fixes[0].at > at)) return null;
  const b = fixes[after];
  const a = fixes[Math.max(0, after - 1)];
  const share = b.at === a.at ? 1 : (at - a.at) / (b.at - a.at);
  const mix = (x, y) => x + (y - x) * share;
  const winds = {};
  for (const kt of KT) {
    if (!a.radii[kt] && !b.radii[kt]) continue;
    // An agency that gives radii at all and not this one says that the wind is not reached.
    const of = (fix, other) => fix.radii[kt] ?? (Object.keys(fix.radii).length > 0 ? [0, 0, 0, 0] : other.radii[kt]);
    const [from, to] = [of(a, b), of(b, a)];
    winds[kt] = from.map((km, index) => mix(km, to[index]));
  }
  const kt = a.kt === null || b.kt === null ? (a.kt ?? b.kt) : mix(a.kt, b.kt);
  return { lon: mix(a.lon, b.lon), lat: mix(a.lat, b.lat), kt, winds };
}

/** How far a wind reaches, quadrant by quadrant, as a ring of longitudes and latitudes. */
export function ring({ lon, lat }, quadrants) {
  const points = [];
  quadrants.forEach((km, quadrant) => {
    for (let step = 0; step <= 90; step += 6) points.push(destination(lon, lat, quadrant * 90 + step, km));
  });
  points.push(points[0]);
  return points;
}

function destination(lon, lat, bearing, km) {
  const rad = Math.PI / 180;
  const [angle, course, north] = [km / EARTH_KM, bearing * rad, lat * rad];
  const to = Math.asin(Math.sin(north) * Math.cos(angle) + Math.cos(north) * Math.sin(angle) * Math.cos(course));
  const east = Math.atan2(
    Math.sin(course) * Math.sin(angle) * Math.cos(north),
    Math.cos(angle) - Math.sin(north) * Math.sin(to),
  );
  return [lon + east / rad, to / rad];
}

/** The strongest of 34, 50 and 64 kt that a place has at an instant by the forecast track; 0 for none. */
export function windAt(properties, at) {
  let strongest = 0;
  for (const kt of KT) {
    const from = properties[`arrival_${kt}kt_first`];
    const to = properties[`arrival_${kt}kt_last`];
    if (from && to && Date.parse(from) <= at && at <= Date.parse(to)) strongest = kt;
  }
  return strongest;
}
