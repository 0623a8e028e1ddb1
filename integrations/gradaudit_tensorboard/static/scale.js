// Steps and pixels. A window is [from, to], both inclusive; a step takes up the room from its own
// number to the next, so that a window has `to - from + 1` steps.

/** Two steps or more of a window: what of it lies within `bounds`. */
export function cutWindow(window, bounds) {
  const from = Math.min(bounds[1], Math.max(bounds[0], Math.round(window[0])));
  const to = Math.min(bounds[1], Math.round(window[1]));
  return to > from ? [from, to] : clampWindow([from, from + 1], bounds);
}

/** A window of the same length inside the bounds; of the bounds' length where it is longer. */
export function clampWindow(window, bounds) {
  const length = Math.min(window[1] - window[0], bounds[1] - bounds[0]);
  const from = Math.round(Math.max(bounds[0], Math.min(bounds[1] - length, window[0])));
  return [from, Math.round(from + length)];
}

/** The window made longer or shorter by `factor` around the step `centre`, at least 2 steps long. */
export function zoomWindow(window, bounds, factor, centre) {
  const before = window[1] - window[0] + 1;
  let steps = Math.max(2, Math.round(before * factor));
  if (steps === before && factor !== 1) steps += factor > 1 ? 1 : -1;
  steps = Math.max(2, steps);
  const share = Math.max(0, Math.min(1, (centre + 0.5 - window[0]) / before));
  const from = Math.round(centre + 0.5 - share * steps);
  return clampWindow([from, from + steps - 1], bounds);
}

/** The window moved by this many steps, never shorter for it. */
export function panWindow(window, bounds, steps) {
  return clampWindow([window[0] + steps, window[1] + steps], bounds);
}

/** The step below a pixel. */
export function stepAt(x, width, window) {
  const step = Math.floor(window[0] + (x / Math.max(1, width)) * (window[1] - window[0] + 1));
  return Math.max(window[0], Math.min(window[1], step));
}

/** Where a step begins, in pixels. */
export function pixelOf(step, width, window) {
  return ((step - window[0]) / (window[1] - window[0] + 1)) * width;
}

/**
 * Where each column begins and ends (exclusive), in steps. A column reaches to the next one, as if
 * the steps between had been like it, unless the gap is much wider than columns are elsewhere:
 * then nothing was recorded there (a run that was resumed later).
 */
export function columnEdges(first, last) {
  const starts = Float64Array.from(first);
  const ends = new Float64Array(starts.length);
  const gaps = [];
  for (let c = 1; c < starts.length; c++) gaps.push(starts[c] - starts[c - 1]);
  gaps.sort((a, b) => a - b);
  const usual = gaps.length ? gaps[gaps.length >> 1] : 1;
  for (let c = 0; c < starts.length; c++) {
    const next = c + 1 < starts.length ? starts[c + 1] : last[c] + 1;
    ends[c] = next - last[c] - 1 > 3 * usual ? last[c] + 1 : next;
  }
  return { starts, ends };
}

/**
 * The columns that each pixel shows: `low[x]` to `high[x]`, -1 where there is none. Each column
 * that overlaps the window is in exactly one pixel at least, so no column is lost however far
 * one zooms out; where columns are wider than pixels, a pixel shows one column.
 */
export function pixelColumns(edges, window, width) {
  const { starts, ends } = edges;
  const low = new Int32Array(width).fill(-1);
  const high = new Int32Array(width).fill(-1);
  const span = window[1] - window[0] + 1;
  const count = starts.length;
  let next = 0; // the first column that begins at or after the pixel
  for (let x = 0; x < width; x++) {
    const left = window[0] + (x * span) / width;
    const right = window[0] + ((x + 1) * span) / width;
    while (next < count && starts[next] < left) next++;
    let lowest = next;
    let past = next;
    while (past < count && starts[past] < right) past++;
    if (past === next) {
      const before = next - 1;
      if (before < 0 || ends[before] <= left) continue;
      lowest = before;
      past = next;
    } else if (x === 0 && next > 0 && ends[next - 1] > left) {
      lowest = next - 1; // began before the window
    }
    low[x] = lowest;
    high[x] = past - 1;
  }
  return { low, high };
}

/** The column that holds a step; -1 where there is none. */
export function columnAt(edges, step) {
  let low = 0;
  let high = edges.starts.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (edges.starts[middle] > step) high = middle - 1;
    else if (edges.ends[middle] <= step) low = middle + 1;
    else return middle;
  }
  return -1;
}

/** Round numbers between two steps, about `count` of them, whole ones only. */
export function stepTicks(from, to, count) {
  const raw = (to - from) / Math.max(1, count) || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = Math.max(1, power * [1, 2, 5, 10].find((one) => one * power >= raw * 0.999));
  const ticks = [];
  for (let at = Math.ceil(from / size) * size; at <= to; at += size) ticks.push(at);
  return ticks;
}

/** Values for the grid lines of a logarithmic axis between two powers of ten. */
export function logTicks(low, high) {
  const span = high - low;
  if (span < 0.45) return evenTicks(10 ** low, 10 ** high);
  const mantissas = span > 2.2 ? [1] : span > 0.9 ? [1, 3] : [1, 2, 5];
  const every = Math.max(1, Math.ceil(span / 5));
  const ticks = [];
  for (let power = Math.floor(low); power <= high; power++) {
    if (mantissas.length === 1 && power % every) continue;
    for (const one of mantissas) {
      const at = power + Math.log10(one);
      if (at >= low && at <= high) ticks.push({ at, value: one * 10 ** power });
    }
  }
  return ticks;
}

/** Round values, where the axis is too short for one of each power. */
function evenTicks(low, high) {
  const raw = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = power * [1, 2, 5, 10].find((one) => one * power >= raw * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / size); k * size <= high; k++) ticks.push({ at: Math.log10(k * size), value: k * size });
  return ticks;
}
