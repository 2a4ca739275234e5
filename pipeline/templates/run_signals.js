// The run as numbers: unpacked, and scaled as the reader asks.
const byId = (id) => document.getElementById(id);
const data = JSON.parse(byId("run-data").textContent);
const radio = (name) => document.querySelector(`input[name="${name}"]:checked`).value;

// half-precision floats, little-endian, in base64
function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 2 }, (_, i) => half(view.getUint16(2 * i, true)));
}

function half(bits) {
  const sign = bits >> 15 ? -1 : 1, power = (bits >> 10) & 31, fraction = (bits & 1023) / 1024;
  if (power === 31) return NaN;
  return sign * (power ? 2 ** (power - 15) * (1 + fraction) : 2 ** -14 * fraction);
}

function rowsOf(values, columns) {
  return Array.from({ length: values.length / columns }, (_, i) => values.subarray(i * columns, (i + 1) * columns));
}

const cellCount = Math.max(data.edges.length - 1, 0);
const centres = Array.from({ length: cellCount }, (_, j) => (data.edges[j] + data.edges[j + 1]) / 2);
const MODES = {
  measured: "abundance as measured",
  above: "abundance above background",
  own: "share of the ion's own maximum, %",
  share: "share of all ions at that temperature, %",
};
const measured = rowsOf(unpack(data.abundance), cellCount || 1).map((row) => row.map((value) => value * data.unit));
const above = measured.map((row, i) => row.map((value) => Math.max(value - data.background[i], 0)));
const scaledOnce = new Map([["measured", measured], ["above", above]]);

// rows of ions: in the instrument's unit, or in percent
function scaled(mode) {
  if (!scaledOnce.has(mode)) scaledOnce.set(mode, mode === "own" ? ownShares() : totalShares());
  return scaledOnce.get(mode);
}

function ownShares() {
  return above.map((row) => {
    const largest = row.reduce((most, value) => value > most ? value : most, 0);
    return row.map((value) => largest ? 100 * value / largest : value);
  });
}

function totalShares() {
  const total = centres.map((_, j) => above.reduce(
    (sum, row, i) => sum + (data.mz[i] === data.carrier ? 0 : row[j] || 0), 0));
  return above.map((row, i) => row.map((value, j) =>
    data.mz[i] === data.carrier || !total[j] ? NaN : 100 * value / total[j]));
}

// ---- numbers in words -------------------------------------------------------------
const minus = (text) => text.replace("-", "−");
const raised = (power) => String(power).replace(/./g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);

function words(value) {
  if (!Number.isFinite(value)) return "not observed";
  const size = Math.abs(value);
  if (size === 0 || (size >= 0.01 && size < 1e5)) return minus(String(Number(value.toPrecision(3))));
  const [mantissa, power] = value.toExponential(2).split("e");
  return `${minus(mantissa)} × 10${raised(Number(power))}`;
}

const signed = (value, digits = 2) => {
  const text = value.toFixed(digits);
  return Number(text) > 0 ? `+${text}` : Number(text) < 0 ? minus(text) : (0).toFixed(digits);
};
const rangeWords = (low, high) => `${minus(String(low))}${low < 0 ? " to " : "–"}${minus(String(high))} °C`;
const ion = (mz, name) => name ? `m/z ${mz} (${name})` : `m/z ${mz}`;
const shortIon = (mz, name) => name ? `${mz} ${name}` : `${mz}`;
// beside a figure there is room for one name, or two short ones
function sideName(mz, name) {
  const full = shortIon(mz, name);
  return full.length > 12 ? shortIon(mz, name.split("/")[0]) : full;
}
