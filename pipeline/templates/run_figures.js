// Parts that all figures share: axes, heat maps, and reading them by pointer and keyboard.
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const onPaper = () => document.documentElement.classList.contains("print");

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// An empty figure with an SVG as wide as the page allows; `add` draws into it.
function frame(node, height, margin) {
  const width = node.clientWidth;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const add = (tag, attributes, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    svg.append(made);
    return made;
  };
  for (const [name, value] of Object.entries({ width, height, "aria-hidden": true })) svg.setAttribute(name, value);
  node.replaceChildren(svg);
  return { node, svg, add, width, height,
    left: margin.left, right: width - margin.right, top: margin.top, bottom: height - margin.bottom };
}

// ---- axes -------------------------------------------------------------------------
const linear = (low, high, from, to) => (value) => from + (value - low) / (high - low || 1) * (to - from);
function logarithmic(low, high, from, to) {
  const place = linear(Math.log(low), Math.log(high), from, to);
  return (value) => place(Math.log(Math.max(value, low)));
}

function ticks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most || 1));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => (high - low) / size <= most);
  const first = Math.ceil(low / step - 1e-9), count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(count, 0) }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

function decades(low, high, most) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) return ticks(low, high, most);
  const every = Math.ceil((last - first + 1) / most);
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
}

// What the ticks of a linear axis are divided by, as a power of ten: none for plain numbers.
function commonPower(values) {
  const power = Math.floor(Math.log10(Math.max(...values.map(Math.abs))) + 1e-9);
  return Number.isFinite(power) && (power < -2 || power > 4) ? power : 0;
}

function tickWords(value) {
  const power = Math.log10(Math.abs(value)), whole = Math.abs(power - Math.round(power)) < 1e-9;
  if (value === 0 || (power > -3 && power < 5)) return minus(String(Number(value.toPrecision(6))));
  return whole ? `10${raised(Math.round(power))}` : words(value);
}

function temperatureAxis(box, x, low, high) {
  for (const value of ticks(low, high, 16)) {
    box.add("line", { class: "edge", x1: x(value), x2: x(value), y1: box.bottom, y2: box.bottom + 5 });
    box.add("text", { class: "soft", x: x(value), y: box.bottom + 18, "text-anchor": "middle" }, minus(String(value)));
  }
  box.add("text", { class: "soft", x: (box.left + box.right) / 2, y: box.bottom + 35, "text-anchor": "middle" }, "temperature, °C");
}

// Labels beside a figure: moved apart until none covers another, a line leads to its place.
function sideLabels(box, labels, gap = 14) {
  const sorted = [...labels].sort((a, b) => a.y - b.y);
  let free = -Infinity;
  for (const label of sorted) { label.at = Math.max(label.y, free); free = label.at + gap; }
  free = box.bottom;
  for (const label of sorted.reverse()) { label.at = Math.min(label.at, free); free = label.at - gap; }
  for (const label of labels) {
    const x = box.right;
    box.add("path", { class: "leader", d: `M${x + 2} ${label.y}L${x + 14} ${label.at}` });
    box.add("text", { class: label.class, x: x + 18, y: label.at + 4 }, label.text);
  }
}

// ---- heat maps --------------------------------------------------------------------
// Colours between the page's own, from t = 0 to 1.
function ramp(names, steps = 128) {
  const stops = names.map((name) => css(name).match(/[0-9a-f]{2}/gi).map((part) => parseInt(part, 16)));
  const colours = Array.from({ length: steps + 1 }, (_, i) => {
    const place = i / steps * (stops.length - 1), at = Math.min(Math.floor(place), stops.length - 2);
    const mixed = stops[at].map((from, c) => Math.round(from + (place - at) * (stops[at + 1][c] - from)));
    return `rgb(${mixed})`;
  });
  return (t) => colours[Math.round(Math.min(Math.max(t, 0), 1) * steps)];
}

// `x` and `y` hold the pixels of the cells' edges; colour(row, column) may be null.
function heat(box, x, y, colour) {
  const canvas = document.createElement("canvas"), dense = Math.max(devicePixelRatio, onPaper() ? 2 : 1);
  const left = x[0], top = Math.min(y[0], y[y.length - 1]);
  const width = x[x.length - 1] - left, height = Math.abs(y[y.length - 1] - y[0]);
  canvas.width = Math.round(width * dense);
  canvas.height = Math.round(height * dense);
  canvas.style.cssText = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
  const pen = canvas.getContext("2d");
  const at = (pixel, start) => Math.round((pixel - start) * dense);
  for (let row = 0; row < y.length - 1; row++) {
    const [low, high] = [at(y[row], top), at(y[row + 1], top)].sort((a, b) => a - b);
    for (let column = 0; column < x.length - 1; column++) {
      const fill = colour(row, column);
      if (fill === null) continue;
      pen.fillStyle = fill;
      pen.fillRect(at(x[column], left), low, at(x[column + 1], left) - at(x[column], left), high - low);
    }
  }
  box.node.prepend(canvas);
}

function colourScale(box, kind, low, high, title) {
  const scale = element("div", null, { class: "scale", "aria-hidden": true });
  scale.append(element("span", title), element("span", low), element("i", null, { class: kind }), element("span", high));
  box.node.append(scale);
}

// ---- reading a figure -------------------------------------------------------------
// What `reads` is told of a figure: the number of rows and columns, find(x, y) -> [row,
// column], show(row, column) -> { text, x, y, mark }, and what a click does.
const readers = new Map();

function reads(box, reader) {
  const { node } = box, known = readers.has(node);
  const reading = element("div", null, { class: "reading", role: "status" });
  node.append(reading);
  readers.set(node, { ...reader, box, reading, at: null });
  if (known) return;
  node.addEventListener("pointermove", (event) => {
    const area = node.getBoundingClientRect();
    point(node, readers.get(node).find(event.clientX - area.left, event.clientY - area.top));
  });
  node.addEventListener("pointerleave", () => point(node, null));
  node.addEventListener("blur", () => point(node, null));
  node.addEventListener("click", () => act(node));
  node.addEventListener("keydown", (event) => byKey(node, event));
}

function point(node, at) {
  const reader = readers.get(node), { box, reading } = reader;
  reader.at = at;
  box.svg.querySelector(".cursor")?.remove();
  if (!at) { reading.textContent = ""; return; }
  const { text, x, y, mark } = reader.show(...at);
  if (reading.textContent !== text) reading.textContent = text;
  box.add("path", { class: "cursor", d: mark });
  const leftwards = x > box.width / 2;
  reading.style.left = leftwards ? "" : `${x + 14}px`;
  reading.style.right = leftwards ? `${box.width - x + 14}px` : "";
  reading.style.top = `${Math.max(Math.min(y + 12, box.bottom - reading.offsetHeight), box.top)}px`;
}

function act(node) {
  const { at, click } = readers.get(node);
  if (at && click) click(...at);
}

function byKey(node, event) {
  const reader = readers.get(node), step = event.shiftKey ? 10 : 1;
  const moves = { ArrowLeft: [0, -step], ArrowRight: [0, step], ArrowUp: [reader.up || 0, 0], ArrowDown: [-(reader.up || 0), 0] };
  if (event.key === "Escape") point(node, null);
  else if (event.key === "Enter") act(node);
  else if (event.key in moves) {
    const [down, right] = moves[event.key], [row, column] = reader.at ?? reader.start;
    const inside = (value, count) => Math.min(Math.max(value, 0), count - 1);
    point(node, reader.at ? [inside(row + down, reader.rows), inside(column + right, reader.columns)] : reader.start);
  } else return;
  event.preventDefault();
}

const between = (edges, value) => {
  const at = edges.findIndex((edge, i) => i + 1 < edges.length && (edge - value) * (edges[i + 1] - value) <= 0);
  return at < 0 ? null : at;
};
const boxMark = (x, y, row, column) => `M${x[column]} ${y[row]}H${x[column + 1]}V${y[row + 1]}H${x[column]}Z`;
