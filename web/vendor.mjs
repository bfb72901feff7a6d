// Copies what the map page takes from others into src/web/page/vendor: MapLibre as it is published, and Natural Earth's
// land and borders as GeoJSON. Run it after `npm ci`; the result is checked in, so that building the program needs no npm.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { feature, mesh } from "topojson-client";

const to = new URL("../src/web/page/vendor/", import.meta.url);
const from = new URL("node_modules/", import.meta.url);
mkdirSync(to, { recursive: true });

for (const name of ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"]) {
  const text = readFileSync(new URL(`maplibre-gl/dist/${name}`, from), "utf8");
  // The maps of the sources are not shipped, so nothing may ask for them.
  writeFileSync(new URL(name, to), text.replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, "\n"));
}
copyFileSync(new URL("maplibre-gl/LICENSE.txt", from), new URL("maplibre-gl.LICENSE.txt", to));
copyFileSync(new URL("world-atlas/LICENSE", from), new URL("world-atlas.LICENSE.txt", to));

// A hundredth of a degree is finer than the 1:50 million data.
const round = (value) => Math.round(value * 100) / 100;
const rounded = (coordinates) => {
  if (typeof coordinates[0] === "number") return coordinates.map(round);
  const all = coordinates.map(rounded);
  if (typeof all[0][0] !== "number") return all;
  return all.filter((point, index) => index === 0 || point[0] !== all[index - 1][0] || point[1] !== all[index - 1][1]);
};
const read = (name) => JSON.parse(readFileSync(new URL(`world-atlas/${name}`, from), "utf8"));
const part = (name, geometry) => ({ type: "Feature", properties: { part: name }, geometry });

const land = read("land-50m.json");
const shapes = feature(land, land.objects.land);
const polygons = (shapes.features ?? [shapes]).flatMap(({ geometry }) =>
  geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates,
);
const countries = read("countries-50m.json");
const borders = mesh(countries, countries.objects.countries, (a, b) => a !== b);
const whole = (ring) => ring.length > 3;
const features = [
  part("land", {
    type: "MultiPolygon",
    coordinates: rounded(polygons).map((polygon) => polygon.filter(whole)).filter((polygon) => polygon.length > 0),
  }),
  part("border", {
    type: "MultiLineString",
    coordinates: rounded(borders.coordinates).filter((line) => line.length > 1),
  }),
];
writeFileSync(new URL("land.geojson", to), JSON.stringify({ type: "FeatureCollection", features }) + "\n");
