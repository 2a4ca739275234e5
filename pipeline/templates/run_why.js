// Why: contributions of one compound on m/z x temperature, and the way to its log-odds.
const MAIN_IONS = 24;      // rows of the map unless all m/z are asked for
const LEAST = 0.1;         // the colours never show less than this as strong
const TABLE_ROWS = 40;
const cellsOnce = new Map();

function contributions(compound) {
  if (!cellsOnce.has(compound)) cellsOnce.set(compound, rowsOf(unpack(compound.cells), data.why.edges.length - 1));
  return cellsOnce.get(compound);
}

const reach = (row) => row.reduce((sum, value) => sum + Math.abs(value), 0);
const chance = (logOdds) => 1 / (1 + Math.exp(-logOdds));
const windowWords = (column) => rangeWords(data.why.edges[column], data.why.edges[column + 1]);

function drawWhyMap(compound) {
  const { mz, ions, edges } = data.why, cells = contributions(compound), { whole } = compound;
  const order = mz.map((_, i) => i);
  const all = radio("why-ions") === "all";
  const strength = (i) => reach(cells[i]) + Math.abs(whole[i]);
  const rows = all ? order : order.sort((a, b) => strength(b) - strength(a)).slice(0, MAIN_IONS).sort((a, b) => a - b);
  const size = all ? 7 : onPaper() ? 15 : 19, side = 90;
  const box = frame(byId("why-map"), 66 + size * rows.length, { left: 78, right: side + 24, top: 26, bottom: 40 });
  const place = linear(edges[0], edges[edges.length - 1], box.left, box.right);
  const x = edges.map(place), y = Array.from({ length: rows.length + 1 }, (_, r) => box.bottom - r * size);
  const most = Math.max(LEAST, ...rows.map((i) => Math.max(Math.abs(whole[i]), ...cells[i].map(Math.abs))));
  const colour = ramp(["--against", "--card", "--for"]);
  heat(box, x, y, (row, column) => colour(0.5 + cells[rows[row]][column] / most / 2));
  colourScale(box, "both", signed(-most, 1), signed(most, 1), "log-odds");
  temperatureAxis(box, place, edges[0], edges[edges.length - 1]);
  for (const value of [data.edges[0], data.edges[data.edges.length - 1]]) {
    if (value > edges[0] && value < edges[edges.length - 1]) box.add("line", { class: "limit", x1: place(value), x2: place(value), y1: box.top, y2: box.bottom });
  }
  rows.forEach((i, row) => {
    if (all && mz[i] % 10) return;
    box.add("text", { x: box.left - 8, y: (y[row] + y[row + 1]) / 2 + 4, "text-anchor": "end" }, all ? mz[i] : shortIon(mz[i], ions[i].split("/")[0]));
  });
  wholeBars(box, rows, whole, y, side, size, most);
  reads(box, {
    rows: rows.length, columns: edges.length - 1, up: 1, start: strongestCell(rows.map((i) => cells[i])),
    find: (px, py) => { const row = between(y, py), column = between(x, px); return row === null || column === null ? null : [row, column]; },
    show: (row, column) => {
      const i = rows[row], value = cells[i][column];
      const text = `${ion(mz[i], ions[i])}\n${windowWords(column)}: ${signed(value)}\nion as a whole: ${signed(whole[i])}`;
      return { text, x: (x[column] + x[column + 1]) / 2, y: y[row], mark: boxMark(x, y, row, column) };
    },
  });
}

function wholeBars(box, rows, whole, y, side, size, most) {
  const middle = box.right + 24 + side / 2;
  box.add("line", { class: "edge", x1: middle, x2: middle, y1: box.top, y2: box.bottom });
  box.add("text", { class: "soft", x: middle, y: box.bottom + 18, "text-anchor": "middle" }, `±${signed(most, 1).slice(1)}`);
  box.add("text", { class: "soft", x: middle, y: box.bottom + 35, "text-anchor": "middle" }, "whole ion");
  rows.forEach((i, row) => {
    const length = Math.abs(whole[i]) / most * side / 2;
    box.add("rect", { class: whole[i] > 0 ? "for" : "against", x: whole[i] > 0 ? middle : middle - length, y: y[row + 1] + 1, width: length, height: size - 2 });
  });
}

function strongestCell(rows) {
  let best = [0, 0];
  rows.forEach((row, r) => row.forEach((value, c) => { if (Math.abs(value) > Math.abs(rows[best[0]][best[1]])) best = [r, c]; }));
  return best;
}

function drawWay(compound) {
  const sums = [0];
  for (const [, value] of compound.steps) sums.push(sums[sums.length - 1] + value);
  const size = onPaper() ? 20 : 25, steps = compound.steps.length, sum = sums[steps];
  const box = frame(byId("way"), 70 + size * (steps + 1), { left: 158, right: 54, top: 30, bottom: 40 });
  const low = Math.min(...sums), high = Math.max(...sums), room = 0.04 * (high - low || 1);
  const x = linear(low - room, high + room, box.left, box.right);
  for (const value of ticks(low - room, high + room, 5)) {
    box.add("line", { class: "grid", x1: x(value), x2: x(value), y1: box.top, y2: box.bottom });
    box.add("text", { class: "soft", x: x(value), y: box.bottom + 16, "text-anchor": "middle" }, minus(String(value)));
    box.add("text", { class: "soft", x: x(value), y: box.top - 8, "text-anchor": "middle" }, percentWords(chance(value)));
  }
  box.add("text", { class: "soft", x: box.left - 8, y: box.bottom + 16, "text-anchor": "end" }, "log-odds");
  box.add("text", { class: "soft", x: box.left - 8, y: box.top - 8, "text-anchor": "end" }, "probability");
  const bar = (row, name, from, to, kind, bold) => {
    const y = box.top + row * size;
    box.add("rect", { class: kind, x: Math.min(x(from), x(to)), y: y + 5, width: Math.max(Math.abs(x(to) - x(from)), 1), height: size - 10 });
    if (row < steps) box.add("line", { class: "leader", x1: x(to), x2: x(to), y1: y + 5, y2: y + size + 5 });
    box.add("text", { class: bold, x: box.left - 8, y: y + size / 2 + 4, "text-anchor": "end" }, shortened(name, 24));
    box.add("text", { class: bold, x: box.width, y: y + size / 2 + 4, "text-anchor": "end" }, signed(row && row < steps ? to - from : to));
  };
  compound.steps.forEach(([name, value], row) => bar(row, name, sums[row], sums[row + 1], row === 0 ? "start" : value > 0 ? "for" : "against", ""));
  bar(steps, "sum", 0, sum, "total", "on");
  const added = chance(sum);
  byId("way-note").textContent = `Sum ${signed(sum)} in log-odds, a probability of ${percentWords(added)}.`
    + (Math.abs(added - compound.probability) > 0.01 ? ` The answer above is ${percentWords(compound.probability)}: it averages and limits what the members say in another way.` : "");
}

const percentWords = (share) => share > 0.0995 && share < 0.9005 ? `${Math.round(100 * share)} %` : `${Number((100 * share).toPrecision(share < 0.5 ? 2 : 3))} %`;

const shortened = (text, most) => text.length > most ? `${text.slice(0, most - 1)}…` : text;

function fillWhyTables(compound) {
  const cells = [];
  contributions(compound).forEach((row, i) => {
    row.forEach((value, column) => cells.push([i, windowWords(column), value]));
    cells.push([i, "ion as a whole", compound.whole[i]]);
  });
  cells.sort((a, b) => Math.abs(b[2]) - Math.abs(a[2]));
  const name = ([i, where, value]) => [ion(data.why.mz[i], data.why.ions[i]), where, signed(value)];
  fill("why-cells", `The ${TABLE_ROWS} strongest contributions for ${compound.name}`, cells.slice(0, TABLE_ROWS).map(name));
  let sum = 0;
  fill("way-steps", `The way to the log-odds of ${compound.name}`, compound.steps.map(([step, value]) => [step, signed(value), signed(sum += value)]));
}

function fill(id, caption, rows, scopeFirst = true) {
  const table = byId(id);
  if (caption !== null) table.caption.textContent = caption;
  table.tBodies[0].replaceChildren(...rows.map((cells) => {
    const line = element("tr", null);
    cells.forEach((text, i) => {
      const last = i > 0 && /^[−+\d]/.test(text) && !text.endsWith("°C");
      line.append(scopeFirst && i === 0 ? element("th", text, { scope: "row" }) : element("td", text, last ? { class: "number" } : {}));
    });
    return line;
  }));
}

function drawWhy() {
  if (!byId("compound-choice")) return;
  const number = radio("compound");
  for (const block of document.querySelectorAll(".evidence")) block.hidden = block.dataset.compound !== number;
  if (!data.why) return;
  const compound = data.why.compounds[number];
  byId("why-map-title").textContent = `Where the models look for ${compound.name}`;
  byId("way-title").textContent = `From the average run to the answer on ${compound.name}`;
  drawWhyMap(compound);
  drawWay(compound);
  fillWhyTables(compound);
}
