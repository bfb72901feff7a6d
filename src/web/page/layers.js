// The layers of the map in the page's own colours, and the signs of levels as pictures.

const colour = (style, name) => style.getPropertyValue(`--${name}`).trim();

/** The layers, lowest first. */
export function layers(style) {
  const c = (name) => colour(style, name);
  const byKt = ["match", ["get", "kt"], 64, c("w64"), 50, c("w50"), c("w34")];
  const part = (name, ...more) => ["all", ["==", ["get", "part"], name], ...more];
  const isLeading = ["==", ["get", "leading"], true];
  const lane = (level, width, dash) => ({
    id: `lanes-${level ?? "none"}`,
    type: "line",
    source: "lanes",
    filter: level ? ["==", ["get", "level"], level] : ["==", ["get", "rank"], 0],
    layout: { "line-cap": "butt", "line-join": "round" },
    paint: { "line-color": c(level ?? "quiet"), "line-width": width, "line-opacity": level ? 0.95 : 0.5, ...(dash ? { "line-dasharray": dash } : {}) },
  });
  return [
    { id: "sea", type: "background", paint: { "background-color": c("sea") } },
    { id: "land", type: "fill", source: "land", filter: ["==", ["get", "part"], "land"], paint: { "fill-color": c("land"), "fill-outline-color": c("coast") } },
    { id: "borders", type: "line", source: "land", filter: ["==", ["get", "part"], "border"], paint: { "line-color": c("coast"), "line-width": 0.6 } },
    { id: "areas", type: "fill", source: "hazards", filter: part("area"), paint: { "fill-color": c("area"), "fill-opacity": 0.18 } },
    { id: "areas-edge", type: "line", source: "hazards", filter: part("area"), paint: { "line-color": c("area"), "line-width": 1 } },
    { id: "circles", type: "line", source: "hazards", filter: part("circle", isLeading), paint: { "line-color": c("way"), "line-width": 1, "line-opacity": 0.5, "line-dasharray": [2, 3] } },
    { id: "tracks-others", type: "line", source: "hazards", filter: part("track", ["!", isLeading]), paint: { "line-color": c("way-other"), "line-width": 1.2, "line-dasharray": [3, 2] } },
    { id: "rings-fill", type: "fill", source: "rings", paint: { "fill-color": byKt, "fill-opacity": 0.2 } },
    { id: "rings-edge", type: "line", source: "rings", paint: { "line-color": byKt, "line-width": 1.8 } },
    lane(null, 1.2),
    lane("watch", 2.2, [1, 1.2]),
    lane("warn", 2.8, [3, 1.2]),
    lane("act", 3.4),
    { id: "track", type: "line", source: "hazards", filter: part("track", isLeading), paint: { "line-color": c("way"), "line-width": 2.2 } },
    { id: "fixes", type: "circle", source: "hazards", filter: part("fix", isLeading), paint: { "circle-radius": 3.2, "circle-color": c("paper"), "circle-stroke-color": c("way"), "circle-stroke-width": 1.6 } },
    { id: "hour", type: "circle", source: "hour", paint: { "circle-radius": 13, "circle-opacity": 0, "circle-stroke-color": byKt, "circle-stroke-width": 4 } },
    { id: "chosen", type: "circle", source: "sites", filter: ["==", ["get", "site"], ""], paint: { "circle-radius": 17, "circle-opacity": 0, "circle-stroke-color": c("ink"), "circle-stroke-width": 2 } },
    { id: "clusters", type: "circle", source: "sites", filter: ["has", "point_count"], paint: { "circle-radius": 15, "circle-opacity": 0 } },
    {
      id: "sites",
      type: "symbol",
      source: "sites",
      filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["concat", "sign-", ["coalesce", ["get", "level"], "quiet"]],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "symbol-sort-key": ["get", "rank"],
      },
    },
  ];
}

const SIZE = 40;

/** A picture for each level: a shape and a colour of its own. */
export function signs(style) {
  const shapes = {
    act: [[20, 4], [37, 34], [3, 34]],
    warn: [[20, 3], [37, 20], [20, 37], [3, 20]],
    watch: null,
    quiet: [[13, 13], [27, 13], [27, 27], [13, 27]],
  };
  return Object.entries(shapes).map(([level, corners]) => {
    const canvas = document.createElement("canvas");
    canvas.width = SIZE;
    canvas.height = SIZE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.beginPath();
    if (corners) corners.forEach(([x, y]) => context.lineTo(x, y));
    else context.arc(20, 20, 14, 0, 7);
    context.closePath();
    context.fillStyle = colour(style, level);
    context.strokeStyle = colour(style, "paper");
    context.lineWidth = 4;
    context.lineJoin = "round";
    context.stroke();
    context.fill();
    return [`sign-${level}`, context.getImageData(0, 0, SIZE, SIZE)];
  });
}
