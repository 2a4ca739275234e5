// The run's own figures, and what the controls do.
const COLOURS = 8;
const DASHES = ["", "7 3", "2 3"];     // the next round of the same colours
const MARGIN = { left: 62, right: 116, top: 24, bottom: 42 };   // of both figures: their temperatures line up
const FAINT = 0.4;                     // the colours begin at this quantile of the map
const slots = new Map();               // m/z -> its colour, which stays while it is drawn

// ---- thermogram -------------------------------------------------------------------
function colourRange(rows) {
  const values = rows.flatMap((row) => Array.from(row).filter((value) => value > 0)).sort((a, b) => a - b);
  if (!values.length) return [0.1, 1];
  const high = values[values.length - 1];
  return [Math.min(Math.max(values[Math.floor(FAINT * values.length)], high * 1e-7), high / 10), high];
}

function drawThermogram() {
  if (!cellCount) return;
  const mode = radio("map"), values = scaled(mode), [low, high] = colourRange(values);
  const first = data.mz[0], last = data.mz[data.mz.length - 1], count = last - first + 1;
  const size = Math.min(Math.max(Math.floor((onPaper() ? 420 : 580) / count), 4), 24);
  const box = frame(byId("thermogram"), 66 + size * count, MARGIN);
  const place = linear(data.edges[0], data.edges[cellCount], box.left, box.right);
  const x = data.edges.map(place), y = Array.from({ length: count + 1 }, (_, i) => box.bottom - i * size);
  const rows = new Array(count).fill(null);
  data.mz.forEach((mz, i) => { rows[mz - first] = i; });
  const colour = ramp([0, 1, 2, 3, 4, 5].map((step) => `--heat-${step}`)), share = logarithmic(low, high, 0, 1);
  heat(box, x, y, (row, column) => {
    const value = rows[row] === null ? NaN : values[rows[row]][column];
    return Number.isNaN(value) ? null : colour(share(value));
  });
  colourScale(box, "heat", `≤ ${words(low)}`, words(high), MODES[mode]);
  temperatureAxis(box, place, data.edges[0], data.edges[cellCount]);
  for (const mz of ticks(first, last, 12)) box.add("text", { class: "soft", x: box.left - 8, y: box.bottom - (mz - first + 0.5) * size + 4, "text-anchor": "end" }, mz);
  box.add("text", { class: "soft", x: box.left - 8, y: box.top - 8, "text-anchor": "end" }, "m/z");
  sideLabels(box, data.chosen.map((mz) => ({ y: box.bottom - (mz - first + 0.5) * size, text: sideName(mz, data.ions[data.mz.indexOf(mz)]), class: "" })), 13);
  reads(box, {
    rows: count, columns: cellCount, up: 1, start: [(data.chosen[0] ?? first) - first, 0],
    find: (px, py) => { const row = between(y, py), column = between(x, px); return row === null || column === null ? null : [row, column]; },
    show: (row, column) => {
      const i = rows[row], name = i === null ? "" : data.ions[i], value = i === null ? NaN : values[i][column];
      const text = `${ion(first + row, name)}\n${rangeWords(data.edges[column], data.edges[column + 1])}\n${amount(value, mode)}`;
      return { text, x: (x[column] + x[column + 1]) / 2, y: y[row], mark: boxMark(x, y, row, column) };
    },
    click: (row) => { if (rows[row] !== null) toggleIon(first + row); },
  });
}

function amount(value, mode) {
  if (!Number.isFinite(value) || mode === "measured" || mode === "above") return words(value);
  return value > 0 && value < 0.01 ? "< 0.01 %" : `${words(value)} %`;
}

// ---- curves -----------------------------------------------------------------------
function valueAxis(rows, log, box) {
  const values = rows.flatMap((row) => Array.from(row).filter(Number.isFinite));
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  if (!log || !positive.length) {
    const low = Math.min(0, ...values), high = Math.max(...values, low) || 1;
    return [linear(low, high + 0.06 * (high - low), box.bottom, box.top), ticks(low, high, 6)];
  }
  const high = positive[positive.length - 1], low = Math.max(positive[Math.floor(0.02 * positive.length)], high * 1e-7);
  return [logarithmic(low, high * (high / low) ** 0.06, box.bottom, box.top), decades(low, high, 8)];
}

function drawCurves() {
  if (!cellCount) return;
  const mode = radio("curves"), log = radio("axis") === "log", drawn = drawnIons();
  const values = scaled(mode), rows = drawn.map((mz) => values[data.mz.indexOf(mz)]);
  const box = frame(byId("curves"), onPaper() ? 300 : 400, MARGIN);
  const x = linear(data.edges[0], data.edges[cellCount], box.left, box.right), [y, marks] = valueAxis(rows, log, box);
  const power = log ? 0 : commonPower(marks);
  for (const value of marks) {
    box.add("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) });
    box.add("text", { class: "soft", x: box.left - 8, y: y(value) + 4, "text-anchor": "end" }, tickWords(value / 10 ** power));
  }
  box.add("text", { class: "soft", x: 0, y: 12 }, MODES[mode] + (power ? `, × 10${raised(power)}` : ""));
  temperatureAxis(box, x, data.edges[0], data.edges[cellCount]);
  const labels = drawn.map((mz, i) => curve(box, mz, rows[i], x, y)).filter((label) => label);
  sideLabels(box, labels);
  markPeaks(box, drawn, rows, x, y);
  reads(box, {
    rows: 1, columns: cellCount, start: [0, 0],
    find: (px) => { const column = between(data.edges.map(x), px); return column === null ? null : [0, column]; },
    show: (_, column) => {
      const text = drawn.map((mz, i) => `${ion(mz, data.ions[data.mz.indexOf(mz)])}: ${amount(rows[i][column], mode)}`);
      return { text: [`${minus(String(centres[column]))} °C`, ...text].join("\n"), x: x(centres[column]), y: box.top, mark: `M${x(centres[column])} ${box.top}V${box.bottom}` };
    },
  });
  fillCurveTable(drawn, rows, mode);
}

function curve(box, mz, row, x, y) {
  const points = centres.map((centre, j) => [x(centre), y(row[j])]).filter((_, j) => Number.isFinite(row[j]));
  if (!points.length) return null;
  const slot = slots.get(mz), colour = slot % COLOURS;
  const d = points.map(([px, py], i) => `${i ? "L" : "M"}${px.toFixed(1)} ${py.toFixed(1)}`).join("");
  box.add("path", { class: `trace s${colour}`, "stroke-dasharray": DASHES[Math.floor(slot / COLOURS) % DASHES.length], "data-mz": mz, d });
  return { y: points[points.length - 1][1], text: sideName(mz, data.ions[data.mz.indexOf(mz)]), class: `on f${colour}` };
}

function markPeaks(box, drawn, rows, x, y) {
  const numbered = [];
  data.peaks.forEach(([mz, temperature], number) => {
    const row = rows[drawn.indexOf(mz)], column = between(data.edges, temperature);
    // on the floor of the figure there is nothing to point at
    if (!row || !Number.isFinite(row[column]) || box.bottom - y(row[column]) < 5) return;
    const px = x(temperature), py = Math.max(y(row[column]) - 4, box.top - 10), colour = slots.get(mz) % COLOURS;
    box.add("path", { class: `peak f${colour}`, d: `M${px} ${py}l-4 -7h8z` });
    // the higher peak comes first and keeps its number where there is no room for two
    if (numbered.some(([nx, ny]) => Math.abs(nx - px) < 22 && Math.abs(ny - py) < 13)) return;
    numbered.push([px, py]);
    box.add("text", { class: `f${colour}`, x: px + 6, y: py - 1 }, number + 1);
  });
}

function fillCurveTable(drawn, rows, mode) {
  const head = element("tr", null), width = data.edges[1] - data.edges[0], every = Math.max(Math.round(25 / width), 1);
  head.append(element("th", "°C", { scope: "col" }), ...drawn.map((mz) => element("th", ion(mz, data.ions[data.mz.indexOf(mz)]), { scope: "col", class: "number" })));
  byId("curve-values").tHead.replaceChildren(head);
  const columns = centres.map((_, j) => j).filter((j) => j % every === 0);
  fill("curve-values", null, columns.map((j) => [minus(String(centres[j])), ...rows.map((row) => amount(row[j], mode))]));
}

// ---- which ions are drawn ---------------------------------------------------------
const ionBoxes = [...document.querySelectorAll("input[name=ion]")];

function drawnIons() {
  const drawn = ionBoxes.filter((box) => box.checked).map((box) => Number(box.value)).sort((a, b) => a - b);
  for (const mz of slots.keys()) if (!drawn.includes(mz)) slots.delete(mz);
  const taken = new Set(slots.values());
  for (const mz of drawn) {
    if (slots.has(mz)) continue;
    let free = 0;
    while (taken.has(free)) free++;
    slots.set(mz, free);
    taken.add(free);
  }
  return drawn;
}

function toggleIon(mz, wanted) {
  const box = ionBoxes.find((one) => Number(one.value) === mz);
  box.checked = wanted ?? !box.checked;
  drawCurves();
}

function onlyIons(wanted) {
  for (const box of ionBoxes) box.checked = wanted.includes(Number(box.value));
  drawCurves();
}

// ---- controls ---------------------------------------------------------------------
function onChange(name, draw) {
  for (const input of document.querySelectorAll(`input[name="${name}"]`)) input.addEventListener("change", draw);
}

function drawAll() {
  drawThermogram();
  drawCurves();
  drawWhy();
}

onChange("map", drawThermogram);
for (const name of ["curves", "axis", "ion"]) onChange(name, drawCurves);
for (const name of ["compound", "why-ions"]) onChange(name, drawWhy);
byId("strongest").addEventListener("click", () => onlyIons(data.chosen));
byId("none").addEventListener("click", () => onlyIons([]));
for (const button of document.querySelectorAll("button[data-mz]")) {
  button.addEventListener("click", () => {
    toggleIon(Number(button.dataset.mz), true);
    byId("curves-part").scrollIntoView();
    byId("curves").focus({ preventScroll: true });
  });
}
for (const link of document.querySelectorAll("a[data-compound]")) {
  link.addEventListener("click", () => {
    document.querySelector(`input[name=compound][value="${link.dataset.compound}"]`).checked = true;
    drawWhy();
  });
}

// ---- light, dark, paper -----------------------------------------------------------
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
let waiting = 0;
addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 150); });
addEventListener("beforeprint", () => { document.documentElement.classList.add("print"); drawAll(); });
addEventListener("afterprint", () => { document.documentElement.classList.remove("print"); drawAll(); });
drawAll();
