// The two charts beside the heat map: how many parameters had problems when, and the norms.
import { normText, wholeText } from "./numbers.js";
import { columnEdges, logTicks, pixelColumns, pixelOf, stepTicks } from "./scale.js";

const AXIS = 16; // CSS pixels below a chart, for the steps

/** The steps along the lower edge. `box`: {left, width, baseline} in CSS pixels. */
function drawSteps(context, box, window, look) {
  context.font = `11px ${look.font}`;
  context.fillStyle = look.palette.page.muted;
  context.textBaseline = "middle";
  for (const step of stepTicks(window[0], window[1], box.width / 90)) {
    const x = box.left + pixelOf(step + 0.5, box.width, window);
    const text = wholeText(step);
    const half = context.measureText(text).width / 2;
    context.textAlign = "center";
    const right = box.left + box.width - half;
    context.fillText(text, Math.max(box.left + half, Math.min(right, x)), box.baseline + 9);
  }
}

/**
 * Problems over all steps: one bar for each pixel, its height the number of parameters (on a
 * logarithmic scale, so that one of thousands shows), its colours their statuses; triangles where
 * findings begin; the window that is zoomed to, where there is one.
 */
export function drawTimeline(canvas, { grid, summary, statuses, bounds, window, marks, colours, look }) {
  const { context, ratio } = canvas;
  const width = canvas.width / ratio;
  const height = canvas.height / ratio;
  const base = height - AXIS;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { low, high } = pixelColumns(columnEdges(grid.first, grid.last), bounds, Math.max(1, Math.round(width)));
  const worst = statuses.worstFirst().filter((code) => summary.perColumn.has(code));
  const most = Math.log1p(Math.max(1, summary.tallest));
  for (let x = 0; x < low.length; x++) {
    if (low[x] < 0) continue;
    const counts = worst.map((code) => {
      let many = 0;
      for (let c = low[x]; c <= high[x]; c++) many = Math.max(many, summary.perColumn.get(code)[c]);
      return many;
    });
    const total = counts.reduce((sum, one) => sum + one, 0);
    if (!total) continue;
    const tall = Math.max(4, (0.16 + (0.84 * Math.log1p(total)) / most) * (base - 10));
    let y = base;
    // The mildest at the bottom, the worst on top, each a pixel high at least.
    for (let k = worst.length - 1; k >= 0; k--) {
      if (!counts[k]) continue;
      const part = Math.max(1, (tall * counts[k]) / total);
      context.fillStyle = colours[statuses.name(worst[k])];
      context.fillRect(x, y - part, 1, part);
      y -= part;
    }
  }
  context.fillStyle = look.palette.page.line;
  context.fillRect(0, base, width, 1);
  drawSteps(context, { left: 0, width, baseline: base }, bounds, look);
  if (window) {
    const left = pixelOf(window[0], width, bounds);
    const right = pixelOf(window[1] + 1, width, bounds);
    context.fillStyle = look.palette.shade;
    context.fillRect(0, 0, left, base);
    context.fillRect(right, 0, width - right, base);
    context.strokeStyle = look.palette.page.accent;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, 1, Math.max(3, right - left - 1.5), base - 1);
  }
  for (const { step, severity, active } of marks) {
    const x = Math.max(5, Math.min(width - 5, pixelOf(step + 0.5, width, bounds)));
    context.fillStyle = look.palette.page[severity] ?? look.palette.page.muted;
    const size = active ? 5.5 : 4;
    context.beginPath();
    context.moveTo(x - size, 0);
    context.lineTo(x + size, 0);
    context.lineTo(x, size * 1.7);
    context.fill();
  }
}

/** The largest and smallest log10 of what is drawn, with some room; null where there is nothing. */
function extentOf(curves, window) {
  let low = Infinity;
  let high = -Infinity;
  for (const { data, norms, line } of curves) {
    for (let c = 0; c < data.first.length; c++) {
      if (data.last[c] < window[0] || data.first[c] > window[1]) continue;
      for (const code of [line.norm[c], line.low[c]]) {
        if (!norms.ordinary(code)) continue;
        const at = norms.log2(code) * Math.LOG10E * Math.LN2;
        if (at < low) low = at;
        if (at > high) high = at;
      }
    }
  }
  if (low > high) return null;
  const room = Math.max(0.12, (high - low) * 0.08);
  return [low - room, high + room];
}

/**
 * Norms on a logarithmic axis, and below a strip for each curve with its statuses. `curves`:
 * [{data, line, norms, statuses, colours, series, dashed}], `data` the answer that `line` is of;
 * `place`: [left, width] of the chart in CSS pixels, numbers stand to the left of it; `cursor`: a step or null.
 */
export function drawCurves(canvas, { curves, window, place, cursor, look }) {
  const { context, ratio } = canvas;
  const [left, width] = place;
  const height = canvas.height / ratio;
  const strip = Math.max(3, Math.min(7, Math.floor(24 / Math.max(1, curves.length))));
  const base = height - AXIS - 6 - (strip + 1) * curves.length;
  const top = 6;
  if (width < 40 || base < 30) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const extent = extentOf(curves, window);
  const [low, high] = extent ?? [0, 1];
  const y = (log10) => base - ((log10 - low) / (high - low)) * (base - top);
  context.font = `11px ${look.font}`;
  context.textBaseline = "middle";
  context.textAlign = "right";
  if (!extent && curves.length) {
    context.fillStyle = look.palette.page.muted;
    context.textAlign = "center";
    context.fillText("no finite norm in these steps", left + width / 2, (top + base) / 2);
    context.textAlign = "right";
  }
  for (const { at, value } of extent ? logTicks(low, high) : []) {
    context.fillStyle = look.palette.page.line;
    context.fillRect(left, Math.round(y(at)), width, 1);
    context.fillStyle = look.palette.page.muted;
    context.fillText(normText(value), left - 8, y(at));
  }
  drawSteps(context, { left, width, baseline: height - AXIS }, window, look);
  const pixels = Math.max(1, Math.round(width));
  curves.forEach((curve, number) => {
    const { line, norms } = curve;
    const edges = columnEdges(curve.data.first, curve.data.last);
    const columns = pixelColumns(edges, window, pixels);
    context.strokeStyle = look.palette.series[curve.series % look.palette.series.length];
    context.lineWidth = 1.4;
    context.lineJoin = "round";
    context.setLineDash(curve.dashed ? [5, 3] : []);
    context.beginPath();
    let down = false;
    let before = -2;
    let alone = null; // a point that has no neighbour yet
    const dots = [];
    const lift = () => {
      if (down && alone) dots.push(alone);
      down = false;
    };
    for (let x = 0; x < pixels; x++) {
      if (columns.low[x] < 0) {
        lift();
        continue;
      }
      if (columns.low[x] === before) continue; // one point for a wide column
      before = columns.low[x];
      let least = Infinity;
      let most = -Infinity;
      for (let c = columns.low[x]; c <= columns.high[x]; c++) {
        if (norms.ordinary(line.norm[c])) most = Math.max(most, norms.log2(line.norm[c]));
        if (norms.ordinary(line.low[c])) least = Math.min(least, norms.log2(line.low[c]));
      }
      if (most === -Infinity) {
        lift();
        continue;
      }
      const scale = Math.LOG10E * Math.LN2;
      const middle = (edges.starts[columns.low[x]] + edges.ends[columns.high[x]]) / 2;
      const at = left + Math.max(0, Math.min(width, pixelOf(middle, width, window)));
      alone = down ? null : [at, y(most * scale)];
      if (down) context.lineTo(at, y(most * scale));
      else context.moveTo(at, y(most * scale) - 0.5);
      context.lineTo(at, y(Math.min(least, most) * scale));
      down = true;
    }
    lift();
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = context.strokeStyle;
    for (const [atX, atY] of dots) context.fillRect(atX - 2, atY - 2, 4, 4);
    const { rank, unseen } = curve.statuses;
    const stripTop = base + 6 + number * (strip + 1);
    for (let x = 0; x < pixels; x++) {
      let worst = unseen;
      if (columns.low[x] < 0) continue;
      for (let c = columns.low[x]; c <= columns.high[x]; c++) if (rank[line.status[c]] > rank[worst]) worst = line.status[c];
      if (worst === unseen) continue;
      context.fillStyle = curve.colours[curve.statuses.name(worst)];
      context.fillRect(left + x, stripTop, 1, strip);
    }
    if (curves.length > 1) {
      context.fillStyle = look.palette.series[curve.series % look.palette.series.length];
      context.fillRect(left - 6, stripTop, 4, strip);
    }
  });
  if (cursor !== null && cursor >= window[0] && cursor <= window[1]) {
    context.fillStyle = look.palette.cross;
    context.fillRect(left + pixelOf(cursor + 0.5, width, window) - 0.5, top, 1, base - top);
  }
}
