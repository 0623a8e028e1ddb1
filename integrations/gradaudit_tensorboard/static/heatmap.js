// The cells of the heat map, as pixels. Everything that changes with the pointer is drawn on a
// canvas above this one, so that these are painted only when the data or the view has changed.
import { channels, mixed, packed, rampOf } from "./palette.js";
import { pixelColumns } from "./scale.js";

/**
 * Colours by status code: `plain`, and `mark` for the pixels of a pattern. `pattern` is 0 for
 * none, 1 for a hatch, 2 for dots. `only`: the code that stands out, all others fade; null: all do.
 */
export function statusColours(palette, statuses, colours, patterns, only = null) {
  const back = channels(palette.page.bg);
  const plain = new Uint32Array(256).fill(packed(back));
  const mark = new Uint32Array(256).fill(packed(back));
  const pattern = new Uint8Array(256);
  statuses.names.forEach((name, code) => {
    const fade = only === null || only === code ? 0 : 0.82;
    const colour = channels(colours[name] ?? palette.status.ok);
    const second = palette.hatch[name] ? channels(palette.hatch[name]) : mixed(colour, [0, 0, 0], 0.45);
    plain[code] = packed(mixed(colour, back, fade));
    mark[code] = packed(mixed(second, back, fade));
    pattern[code] = patterns[name] ?? 0;
  });
  return { plain, mark, pattern, back: packed(back) };
}

/** The packed colour of each norm code, a ramp between the two codes of `range`; 0: it has none. */
export function normColours(hexes, range, norms) {
  const table = new Uint32Array(65536);
  if (!range) return table;
  const ramp = rampOf(hexes);
  const [low, high] = range;
  for (let code = 0; code < table.length; code++) {
    if (!norms.ordinary(code)) continue;
    const share = (code - low) / Math.max(1, high - low);
    table[code] = ramp[Math.max(0, Math.min(255, Math.round(share * 255)))];
  }
  return table;
}

/** Several lines in one: the worst status and the largest norm of each column. */
class Merged {
  constructor(columns) {
    this.status = new Uint8Array(columns);
    this.norms = new Uint16Array(columns);
    this.share = null;
    this.under = null;
  }

  /** The rows `begin` to `end`, as a line. */
  of(rows, begin, end, lines) {
    const { status, norms } = this;
    const { rank } = lines.statuses;
    const first = lines.of(rows[begin].node);
    status.set(first.status);
    norms.set(first.norms);
    for (let k = begin + 1; k < end; k++) {
      const line = lines.of(rows[k].node);
      for (let c = 0; c < status.length; c++) {
        const code = line.status[c];
        if (code !== status[c] && rank[code] > rank[status[c]]) status[c] = code;
        if (line.norms[c] > norms[c]) norms[c] = line.norms[c];
      }
    }
    return this;
  }
}

/** A line pooled once more, into the pixels of a row. */
class PixelRow {
  constructor(width) {
    this.status = new Uint8Array(width);
    this.norms = new Uint16Array(width);
    this.share = new Uint8Array(width);
    this.under = new Uint8Array(width);
  }

  clear(unseen) {
    this.status.fill(unseen);
    this.norms.fill(0);
    this.share.fill(255);
    this.under.fill(unseen);
  }

  /** Adds a line: the worst status and the largest norm of the columns of each pixel. */
  add(line, columns, rank) {
    const { low, high } = columns;
    const { status, norms, share, under } = this;
    for (let x = 0; x < low.length; x++) {
      const from = low[x];
      if (from < 0) continue;
      for (let c = from; c <= high[x]; c++) {
        const code = line.status[c];
        if (rank[code] > rank[status[x]]) {
          status[x] = code;
          share[x] = line.share ? line.share[c] : 255;
          under[x] = line.under ? line.under[c] : code;
        } else if (code === status[x] && line.share && line.share[c] > share[x]) share[x] = line.share[c];
        if (line.norms[c] > norms[x]) norms[x] = line.norms[c];
      }
    }
  }

  /** A lone pixel of these codes is made two wide: one of a thousand is easily overlooked. */
  widen(codes, rank) {
    const { status, share, under } = this;
    for (let x = status.length - 1; x > 0; x--) {
      if (!codes[status[x - 1]] || status[x] === status[x - 1]) continue;
      if (x > 1 && status[x - 2] === status[x - 1]) continue;
      if (rank[status[x - 1]] <= rank[status[x]]) continue;
      status[x] = status[x - 1];
      share[x] = share[x - 1];
      under[x] = under[x - 1];
    }
  }
}

/** What a row of pixels is painted with: colours of its worst statuses and of those behind them. */
class RowInk {
  constructor(width, { colours, norms, bad, unseen, wide }) {
    Object.assign(this, { colours, norms, bad, unseen, wide });
    this.upper = new Uint32Array(width);
    this.under = new Uint32Array(width);
    this.upperKind = new Uint8Array(width); // of pattern
    this.underKind = new Uint8Array(width);
  }

  /** Works them out. True: all pixel rows of it are alike, and as `upper`. */
  take(row, layered) {
    const { colours, norms, bad, unseen, wide, upper, under, upperKind, underKind } = this;
    let even = true;
    const lay = (x, code, ink, kinds) => {
      const sound = norms && !bad[code] ? norms[row.norms[x]] : 0;
      ink[x] = sound || colours.plain[code];
      kinds[x] = sound ? 0 : colours.pattern[code];
      if (kinds[x]) even = false;
    };
    for (let x = 0; x < upper.length; x++) {
      if (row.status[x] === unseen || wide[x]) {
        upper[x] = under[x] = colours.back;
        upperKind[x] = underKind[x] = 0;
        continue;
      }
      lay(x, row.status[x], upper, upperKind);
      if (!layered || row.share[x] === 255) continue;
      lay(x, row.under[x], under, underKind);
      even = false;
    }
    return even;
  }
}

/**
 * Paints rows of cells.
 *
 * `canvas`: as `fitted` gave it; `rows`: those of the tree; `lines`: `Lines` of the grid; `edges`:
 * of its columns; `window`: the steps across; `rowHeight`, `scroll`: CSS pixels; `colours`:
 * `statusColours`; `norms`: `normColours` or null; `urgent`: codes that are never thinner than two
 * pixels. Where rows are thinner than a pixel, a pixel shows the worst of its rows.
 */
export function paintCells({ canvas, rows, lines, edges, window, rowHeight, scroll, colours, norms, urgent }) {
  const { context, width, height, ratio } = canvas;
  const { rank, unseen, bad } = lines.statuses;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  pixels.fill(colours.back);
  const columns = pixelColumns(edges, window, width);
  const tall = rowHeight * ratio;
  const offset = scroll * ratio;
  const gap = tall >= 6 * ratio ? Math.max(1, Math.round(ratio)) : 0;
  const wide = columnGaps(columns, ratio);
  const row = new PixelRow(width);
  const merged = new Merged(lines.grid.columns);
  const ink = new RowInk(width, { colours, norms, bad, unseen, wide });
  const lattice = Math.round(6 * ratio);
  const stroke = Math.max(1, Math.round(2 * ratio));
  let shown = -1;
  for (let r = Math.max(0, Math.floor(offset / tall)); r < rows.length; ) {
    const top = Math.round(r * tall - offset);
    if (top >= height) break;
    let next = r + 1;
    // Rows that end in the same pixel are drawn as one.
    while (next < rows.length && Math.round(next * tall - offset) <= top) next++;
    const bottom = Math.min(height, Math.max(top + 1, Math.round(next * tall - offset)));
    row.clear(unseen);
    row.add(next === r + 1 ? lines.of(rows[r].node) : merged.of(rows, r, next, lines), columns, rank);
    row.widen(urgent, rank);
    const end = bottom - (bottom - top > 2 * gap ? gap : 0);
    const even = ink.take(row, gap > 0);
    for (let y = Math.max(0, top, shown + 1); y < end; y++) {
      if (even) {
        pixels.set(ink.upper, y * width);
        continue;
      }
      const height255 = gap ? 255 * (1 - (y - top) / (end - top)) : 0;
      for (let x = 0, at = y * width; x < width; x++, at++) {
        const below = height255 > row.share[x];
        const kind = below ? ink.underKind[x] : ink.upperKind[x];
        const marked = kind === 1 ? (x + y) % lattice < stroke : kind === 2 && x % lattice < stroke && y % lattice < stroke;
        if (marked) pixels[at] = colours.mark[below ? row.under[x] : row.status[x]];
        else pixels[at] = below ? ink.under[x] : ink.upper[x];
      }
    }
    shown = Math.max(shown, end - 1);
    r = next;
  }
  context.putImageData(image, 0, 0);
}

/** 1 for the pixels between two columns, where columns are wide enough to be told apart. */
function columnGaps({ low }, ratio) {
  const gaps = new Uint8Array(low.length);
  let begin = 0;
  for (let x = 1; x <= low.length; x++) {
    if (x < low.length && low[x] === low[begin]) continue;
    if (x - begin >= 7 * ratio && begin > 0) gaps.fill(1, begin, begin + Math.max(1, Math.round(ratio)));
    begin = x;
  }
  return gaps;
}
