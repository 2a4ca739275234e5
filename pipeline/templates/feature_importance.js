// Draws the figures of the chosen compound from the JSON embedded in the page.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("figures-data").textContent);
  const byId = (id) => document.getElementById(id);
  const MAIN_IONS = 24;       // rows of the map unless all m/z are asked for
  const STABILITY_ROWS = 15;
  const STEADY = 0.8;         // share of models that makes a feature a steady one
  const ION_PIXELS = 50;      // width of an ion's column in the overview
  let chosen = data.labels[0];

  // ---- small helpers --------------------------------------------------------------
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // plotly reads some HTML in texts; names from the data must stay plain text
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const total = (row) => row.whole + sum(row.cells);
  const percent = (share, digits = 0) => (100 * share).toFixed(digits) + " %";
  const ionLabel = (mz) => mz === null ? "no single ion" : `${mz} ${data.ions[mz] || ""}`.trim();
  const radio = (name) => document.querySelector(`input[name="${name}"]:checked`).value;

  // texts beside a figure: cut to the pixels that its margin has
  const pen = document.createElement("canvas").getContext("2d");
  function fit(text, width, size = 12) {
    pen.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
    if (pen.measureText(text).width <= width) return plain(text);
    while (text && pen.measureText(text + "…").width > width) text = text.slice(0, -1);
    return plain(text.trimEnd() + "…");
  }

  function element(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    if (text !== null) made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  const heat = () => [0, 1, 2, 3, 4, 5].map((step) => [step / 5, css(`--heat-${step}`)]);

  function draw(id, traces, layout) {
    const axis = { fixedrange: true, zeroline: false, gridcolor: css("--line"), linecolor: css("--line"), automargin: false };
    for (const name of ["xaxis", "yaxis", "xaxis2"]) if (layout[name]) layout[name] = { ...axis, ...layout[name] };
    const base = {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", showlegend: false,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: css("--line"), activecolor: css("--accent") },
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: css("--ink") },
      hoverlabel: { bgcolor: css("--card"), bordercolor: css("--line"), align: "left", font: { color: css("--ink"), size: 13 } },
    };
    const config = {
      displaylogo: false, modeBarButtons: [["toImage"]],
      toImageButtonOptions: { filename: id === "fingerprint" ? id : `${chosen.name} ${id}`, scale: 2 },
    };
    const node = byId(id);
    Plotly.react(node, traces, { ...base, ...layout, width: node.clientWidth }, config);
  }

  // ---- figures --------------------------------------------------------------------
  function drawFingerprint() {
    const shares = data.labels.map((label) => {
      const whole = sum(label.map.map(total)) || 1;
      return new Map(label.map.map((row) => [row.mz, total(row) / whole]));
    });
    const largest = (mz) => Math.max(...shares.map((share) => share.get(mz) || 0));
    const ions = Object.keys(data.ions).map(Number).sort((a, b) => largest(b) - largest(a))
      .slice(0, Math.round(byId("fingerprint").clientWidth / ION_PIXELS)).sort((a, b) => a - b);
    const z = shares.map((share) => ions.map((mz) => 100 * (share.get(mz) || 0)));
    draw("fingerprint", [{
      type: "heatmap", z, zmin: 0, colorscale: heat(), xgap: 2, ygap: 2, showscale: false,
      text: z.map((row) => row.map((value) => value >= 3 ? value.toFixed(0) : "")), texttemplate: "%{text}",
      customdata: data.labels.map((label) => ions.map((mz) => plain(`${label.name}: m/z ${ionLabel(mz)}`))),
      hovertemplate: "%{customdata}<br>%{z:.1f} % of all contributions<extra></extra>",
    }], {
      height: 70 + 27 * data.labels.length, margin: { l: 120, r: 4, t: 58, b: 8 },
      xaxis: { side: "top", tickangle: 0, showgrid: false, ticks: "", tickvals: ions.map((_, i) => i),
        ticktext: ions.map((mz) => [`<b>${mz}</b>`, ...(data.ions[mz] || "").split("/")].join("<br>")), tickfont: { size: 11 } },
      yaxis: { autorange: "reversed", showgrid: false, ticks: "", tickvals: shares.map((_, i) => i),
        ticktext: data.labels.map((label) => fit(label.name, 105, 13)), tickfont: { size: 13 } },
    });
  }

  function drawMap() {
    const everything = sum(chosen.map.map(total)) || 1;
    let rows = [...chosen.map];
    if (radio("ions") === "main") rows = rows.sort((a, b) => total(b) - total(a)).slice(0, MAIN_IONS);
    rows.sort((a, b) => (a.mz ?? -1) - (b.mz ?? -1));
    byId("map-note").textContent =
      `The ${rows.length} rows hold ${percent(sum(rows.map(total)) / everything)} of all contributions.`;
    const middle = data.edges.slice(1).map((edge, i) => `${data.edges[i]}–${edge} °C`);
    const hover = (row) => plain(row.mz === null ? "no single ion" : `m/z ${ionLabel(row.mz)}`);
    const whole = rows.map((row) => row.whole);
    const y = rows.map((_, i) => i);
    const all = rows.length > MAIN_IONS;
    draw("map", [{
      type: "heatmap", x: data.edges, y, z: rows.map((row) => row.cells), zmin: 0, colorscale: heat(), xgap: 1, ygap: 1,
      customdata: rows.map((row) => middle.map((window) => `<b>${hover(row)}</b>, ${window}`)),
      hovertemplate: "%{customdata}<br>contribution %{z:.3f}<extra></extra>",
      colorbar: { thickness: 12, len: Math.min(1, 260 / (20 * rows.length)), y: 1, yanchor: "top", outlinewidth: 0, x: 1.0, xpad: 14, tickfont: { size: 11 }, title: { text: "log-odds", side: "top", font: { size: 11 } } },
    }, {
      type: "bar", orientation: "h", x: whole, y, xaxis: "x2", marker: { color: css("--heat-3") },
      customdata: rows.map(hover), hovertemplate: "<b>%{customdata}</b>, whole run<br>contribution %{x:.3f}<extra></extra>",
    }], {
      height: 90 + (all ? 14 : 21) * rows.length, margin: { l: 120, r: 70, t: 26, b: 48 }, bargap: 0.25,
      xaxis: { domain: [0, 0.8], title: { text: "temperature, °C" }, dtick: 100, tick0: 0, showgrid: false, ticks: "outside", tickcolor: css("--line") },
      xaxis2: { domain: [0.845, 0.99], title: { text: "whole run" }, nticks: 4, rangemode: "tozero" },
      yaxis: { tickvals: y, ticktext: rows.map((row) => plain(ionLabel(row.mz))), showgrid: false, ticks: "",
        tickfont: { size: all ? 10 : 12 }, range: [-0.5, rows.length - 0.5] },
      annotations: [{ text: "m/z", xref: "paper", yref: "paper", x: 0, y: 1, xshift: -8, yshift: 20, xanchor: "right", showarrow: false, font: { color: css("--soft") } }],
    });
    const figure = byId("map");
    figure.removeAllListeners("plotly_click");
    figure.on("plotly_click", (event) => {
      const row = rows[Math.round(event.points[0].y)];
      if (row.mz !== null) setFilter(`m/z ${row.mz} `);
    });
  }

  function drawBars() {
    const measure = radio("measure");
    const scale = measure === "gain" ? 100 : 1;
    const rows = [...chosen.features].sort((a, b) => b[measure] - a[measure]).slice(0, data.top);
    const value = rows.map((row) => scale * row[measure]);
    const spread = rows.map((row) => scale * row[measure + "Spread"]);
    const y = rows.map((_, i) => i);
    const wide = Math.min(410, Math.round(0.42 * byId("bars").clientWidth));
    const words = { for: "a high value speaks for it", against: "a high value speaks against it", mixed: "no single direction", unknown: "direction unknown" };
    byId("bars-title").textContent = `Top features for ${chosen.name} by ${measure}`;
    draw("bars", [{
      type: "bar", orientation: "h", x: value, y,
      marker: {
        color: rows.map((row) => css(row.direction === "unknown" ? "--mixed" : `--${row.direction}`)),
        // hatched too: print and colour-blind readers need more than a hue
        pattern: { shape: rows.map((row) => row.direction === "against" ? "/" : ""), fgcolor: css("--paper"), fillmode: "overlay", size: 6, solidity: 0.2 },
      },
      error_x: { type: "data", symmetric: false, array: spread, arrayminus: spread.map((s, i) => Math.min(s, value[i])), color: css("--soft"), thickness: 1, width: 3 },
      customdata: rows.map((row) => [plain(row.name), words[row.direction], percent(row.stability)]),
      hovertemplate: "<b>%{customdata[0]}</b><br>%{x:.3g}, %{customdata[1]}<br>stability %{customdata[2]}<extra></extra>",
    }], {
      height: 70 + 22 * rows.length, margin: { l: wide, r: 20, t: 6, b: 46 }, bargap: 0.35,
      xaxis: { title: { text: measure === "gain" ? "share of the trees' gain, %" : "mean absolute contribution, log-odds" }, rangemode: "tozero" },
      yaxis: { autorange: "reversed", tickvals: y, ticktext: rows.map((row) => fit(row.name, wide - 12)), showgrid: false, ticks: "" },
    });
  }

  function drawStability() {
    const top = chosen.features.filter((row) => row.ranks.length);
    const rows = top.slice(0, STABILITY_ROWS);
    const steady = top.filter((row) => row.stability >= STEADY).length;
    byId("stability-note").textContent =
      `${steady} of the top ${top.length} features are among the top ${data.top} of at least ${percent(STEADY)} of the models.`;
    const repeats = new Set(data.models.map(([repeat]) => repeat)).size;
    const names = data.models.map(([repeat, fold]) => repeats > 1 ? `${repeat}.${fold}` : `${fold}`);
    const limit = 2 * data.top;
    const wide = Math.min(330, Math.round(0.5 * byId("stability").clientWidth));
    draw("stability", [{
      type: "heatmap", z: rows.map((row) => row.ranks.map((rank) => rank ? Math.max(limit - rank, 0) : 0)),
      zmin: 0, zmax: limit, colorscale: heat(), showscale: false, xgap: 2, ygap: 2,
      text: rows.map((row) => row.ranks.map((rank) => rank || "–")), texttemplate: "%{text}", textfont: { size: 11 },
      customdata: rows.map((row) => row.ranks.map((rank, i) => [plain(row.name), names[i], rank || "not used"])),
      hovertemplate: "%{customdata[0]}<br>model %{customdata[1]}: rank %{customdata[2]}<extra></extra>",
    }], {
      height: 60 + 24 * rows.length, margin: { l: wide, r: 4, t: 44, b: 6 },
      xaxis: { side: "top", showgrid: false, ticks: "", tickvals: names.map((_, i) => i), ticktext: names, title: { text: repeats > 1 ? "repeat.fold" : "fold", standoff: 4 } },
      yaxis: { autorange: "reversed", showgrid: false, ticks: "", tickvals: rows.map((_, i) => i), ticktext: rows.map((row) => fit(row.name, wide - 12)) },
    });
  }

  // ---- tables ---------------------------------------------------------------------
  function barTable(id, rows, text) {
    const largest = Math.max(...rows.map((row) => Math.abs(row.value)), 1e-12);
    byId(id).tBodies[0].replaceChildren(...rows.map((row) => {
      const line = element("tr", null), meter = element("span", null, { class: "meter" });
      meter.append(element("span", null, { style: `width: ${Math.max(100 * row.value / largest, 0)}%` }));
      const cell = element("td", null);
      cell.append(meter);
      line.append(element("th", row.name, { scope: "row" }), cell, element("td", text(row.value), { class: "number" }));
      return line;
    }));
  }

  function fillTable() {
    byId("table-title").textContent = `Features for ${chosen.name}`;
    byId("features").tBodies[0].replaceChildren(...chosen.features.map((row, i) => {
      const line = element("tr", null);
      const number = (value, text, small) => {
        const cell = element("td", text, { class: "number", "data-sort": value });
        if (small) cell.append(" ", element("span", small, { class: "small" }));
        return cell;
      };
      line.append(
        number(i + 1, i + 1),
        element("td", row.name),
        element("td", row.family),
        number(row.contribution, row.contribution.toFixed(3), `± ${row.contributionSpread.toFixed(3)}`),
        number(row.gain, percent(row.gain, 2), `± ${(100 * row.gainSpread).toFixed(2)}`),
        element("td", row.direction === "mixed" ? "either way" : row.direction, { class: `direction ${row.direction}` }),
        number(row.stability, percent(row.stability)),
      );
      return line;
    }));
    for (const head of byId("features").tHead.rows[0].cells) {
      if ("first" in head.dataset) head.setAttribute("aria-sort", "descending");
      else head.removeAttribute("aria-sort");
    }
    applyFilter();
  }

  function applyFilter() {
    const wanted = byId("filter").value.toLowerCase();
    const rows = [...byId("features").tBodies[0].rows];
    for (const row of rows) row.hidden = ![...row.cells].some((cell) => `${cell.textContent} `.toLowerCase().includes(wanted));
    const shown = rows.filter((row) => !row.hidden).length;
    byId("count").textContent = wanted.trim()
      ? `${shown} of ${rows.length} features match`
      : `${rows.length} of ${chosen.used} used features`;
  }

  function setFilter(text) {
    byId("filter").value = text;
    applyFilter();
    byId("table-title").scrollIntoView({ block: "center" });
  }

  function makeSortable(table) {
    for (const head of table.tHead.rows[0].cells) {
      if ("fixed" in head.dataset) continue;
      const button = element("button", head.textContent, { type: "button" });
      head.replaceChildren(button);
      button.addEventListener("click", () => sortBy(table, head));
    }
  }

  function sortBy(table, head) {
    const numeric = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    // the first click brings what is looked for to the top: large numbers, "a" of words
    const first = numeric && head.cellIndex > 0 ? "descending" : "ascending";
    const order = before === null ? first : before === "ascending" ? "descending" : "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const value = (row) => {
      const cell = row.cells[head.cellIndex];
      const text = cell.dataset.sort ?? cell.textContent;
      return numeric ? parseFloat(text) : text.toLowerCase();
    };
    const compare = (a, b) => {
      const left = value(a), right = value(b);
      if (!numeric) return sign * left.localeCompare(right, "en", { numeric: true });
      if (isNaN(left) || isNaN(right)) return isNaN(left) - isNaN(right);   // unknown stays last
      return sign * (left - right);
    };
    const body = table.tBodies[0];
    body.append(...[...body.rows].sort(compare));
  }

  // ---- choosing a compound --------------------------------------------------------
  function drawCompound() {
    const used = chosen.features.length > 0;
    for (const figure of byId("panel").querySelectorAll("figure")) figure.hidden = !used;
    if (!used) return;
    drawMap();
    drawBars();
    drawStability();
  }

  function choose(id, focus = false) {
    chosen = data.labels.find((label) => label.id === id) || data.labels[0];
    for (const tab of byId("tabs").children) {
      const own = tab.dataset.compound === chosen.id;
      tab.setAttribute("aria-selected", own);
      tab.tabIndex = own ? 0 : -1;
      if (own && focus) tab.focus();
    }
    for (const link of document.querySelectorAll("a[data-compound]")) {
      link.closest("tr").classList.toggle("chosen", link.dataset.compound === chosen.id);
    }
    byId("compound-title").textContent = chosen.name;
    byId("sentence").textContent = chosen.sentence;
    byId("map-title").textContent = `Where the model looks for ${chosen.name}`;
    barTable("families", chosen.families.map((row) => ({ name: row.name, value: row.share })), (share) => percent(share, 1));
    barTable("weights", chosen.weights.map((row) => ({ name: row.name, value: row.weight })), (weight) => weight.toFixed(2).replace("-", "−"));
    byId("blend").hidden = chosen.weights.length === 0;
    byId("filter").value = "";
    fillTable();
    drawCompound();
    history.replaceState(null, "", "#" + encodeURIComponent(chosen.id));
  }

  function fromHash() {
    let id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch { /* no compound: the first */ }
    choose(id);
    if (id) byId("compound").scrollIntoView();
  }

  const ids = data.labels.map((label) => label.id);
  byId("tabs").addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab.dataset.compound);
  });
  byId("tabs").addEventListener("keydown", (event) => {
    const at = ids.indexOf(chosen.id), last = ids.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(ids[next], true);
  });
  for (const link of document.querySelectorAll("a[data-compound]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(link.dataset.compound);
      byId("compound").scrollIntoView();
    });
  }
  addEventListener("hashchange", fromHash);
  for (const input of document.querySelectorAll("input[name=measure]")) input.addEventListener("change", drawBars);
  for (const input of document.querySelectorAll("input[name=ions]")) input.addEventListener("change", drawMap);
  byId("filter").addEventListener("input", applyFilter);
  document.querySelectorAll("table.sortable").forEach(makeSortable);

  // ---- light, dark, paper ---------------------------------------------------------
  function redraw() { drawFingerprint(); drawCompound(); }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let waiting = 0;
  addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(redraw, 150); });
  addEventListener("beforeprint", () => { document.documentElement.classList.add("print"); redraw(); });
  addEventListener("afterprint", () => { document.documentElement.classList.remove("print"); redraw(); });

  drawFingerprint();
  fromHash();
})();
