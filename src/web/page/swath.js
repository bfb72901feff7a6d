// The way of a storm's winds as one picture, which costs the same whatever lies in it: shapes over each other would be drawn
// each anew in every frame.

import { ring, stormAt } from "./storm.js";

/** How finely the way is drawn. */
const STEP_MS = 20 * 60e3;
/** The longer side of the picture. */
const SIDE_PX = 1024;
const SHADES = { 34: 0.2, 50: 0.26, 64: 0.3 };

/** The picture, and the corners where it lies; `null` when no winds are known. */
export function swath(track, style) {
  const rings = ringsOf(track);
  if (rings.length === 0) return null;
  const all = rings.flatMap((one) => one.points);
  const [west, east] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const [south, north] = [Math.min(...all.map(([, y]) => y)), Math.max(...all.map(([, y]) => y))];
  const scale = SIDE_PX / Math.max(east - west, north - south);
  const place = ([x, y]) => [(x - west) * scale, (north - y) * scale];
  const canvas = blank((east - west) * scale, (north - south) * scale);
  for (const kt of Object.keys(SHADES)) {
    const sheet = blank(canvas.width, canvas.height);
    const pen = sheet.getContext("2d");
    pen.fillStyle = style.getPropertyValue(`--w${kt}`).trim();
    for (const { points } of rings.filter((one) => one.kt === kt)) {
      pen.beginPath();
      for (const point of points) pen.lineTo(...place(point));
      pen.fill();
    }
    const onto = canvas.getContext("2d");
    onto.globalAlpha = SHADES[kt];
    onto.drawImage(sheet, 0, 0);
  }
  const corner = (x, y) => [x, latitude(y)];
  return { canvas, corners: [corner(west, north), corner(east, north), corner(east, south), corner(west, south)] };
}

/** Every ring on the way, in degrees of longitude and of the map's own north. */
function ringsOf(track) {
  const rings = [];
  const last = track.fixes.at(-1)?.at ?? 0;
  for (let at = track.fixes[0]?.at ?? 1; at <= last; at += STEP_MS) {
    const storm = stormAt(track, at);
    for (const [kt, quadrants] of Object.entries(storm?.winds ?? {})) {
      if (!quadrants.some((km) => km > 0)) continue;
      rings.push({ kt, points: ring(storm, quadrants).map(([lon, lat]) => [lon, mercator(lat)]) });
    }
  }
  return rings;
}

function blank(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  return canvas;
}

const RAD = Math.PI / 180;
const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + (Math.max(-85, Math.min(85, lat)) * RAD) / 2)) / RAD;
const latitude = (y) => (2 * Math.atan(Math.exp(y * RAD)) - Math.PI / 2) / RAD;
