// Elements from names, attributes and children. Text is only ever put in as text.

/** An element. `attributes`: `on…` are listeners, `null`, `undefined` and `false` are left out, `true` is an empty one. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  set(element, attributes);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An SVG element. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  set(element, attributes);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

export const $ = (id) => document.getElementById(id);

/** The sign of a level: each has a shape of its own, so that colour is never all there is. */
export function sign(level) {
  const shapes = {
    act: ["path", { d: "M10 2 19 18H1Z" }],
    warn: ["path", { d: "M10 1 19 10 10 19 1 10Z" }],
    watch: ["circle", { cx: 10, cy: 10, r: 7.5 }],
  };
  const [name, shape] = shapes[level] ?? ["rect", { x: 6, y: 6, width: 8, height: 8 }];
  const mark = svg(name, { class: `mark ${level ?? "quiet"}`, ...shape });
  return svg("svg", { viewBox: "0 0 20 20", class: "sign", "aria-hidden": "true" }, mark);
}

/** Says it to a screen reader. */
export function say(text) {
  $("said").textContent = text;
}
