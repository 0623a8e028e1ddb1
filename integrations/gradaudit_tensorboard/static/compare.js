// Two runs of one model, matched by the names of their parameters.
import { columnEdges, pixelColumns } from "./scale.js";
import { differenceStatuses } from "./statuses.js";

/** Half the width of the scale of ratios, in powers of two: 2 ** 6 is a factor of 64. */
export const RATIO_OCTAVES = 6;

/**
 * The parameters of both schemas, those of A first. `rows[side][index]` is the parameter's row in
 * that side's grid, -1 where it has none. With one schema, it is the parameters as they are.
 */
export function matched(schemas) {
  const parameters = [];
  const rows = schemas.map(() => []);
  const known = new Map();
  schemas.forEach((schema, side) => {
    const met = new Map(); // a name can stand for several tensors; the nth of A goes with the nth of B
    schema.parameters.forEach((one, row) => {
      const name = JSON.stringify([one.model ?? "", one.name]);
      const loose = JSON.stringify([one.name]);
      const nth = met.get(name) ?? 0;
      met.set(name, nth + 1);
      const key = `${name}#${nth}`;
      // Two runs may call their model differently; then the parameter's own name decides.
      let index = known.get(key) ?? (side ? known.get(`${loose}#${nth}`) : undefined);
      if (index === undefined || rows[side][index] >= 0) {
        index = parameters.length;
        parameters.push(one);
        rows.forEach((list) => list.push(-1));
        known.set(key, index);
        if (!known.has(`${loose}#${nth}`)) known.set(`${loose}#${nth}`, index);
      }
      rows[side][index] = row;
    });
  });
  return { parameters, rows: rows.map((list) => Int32Array.from(list)) };
}

/** How many parameters are in both, in A only, and in B only. */
export function matchCounts({ rows }) {
  const [a, b] = rows;
  let both = 0;
  let onlyA = 0;
  let onlyB = 0;
  for (let k = 0; k < a.length; k++) {
    if (a[k] >= 0 && b[k] >= 0) both++;
    else if (a[k] >= 0) onlyA++;
    else onlyB++;
  }
  return { both, onlyA, onlyB };
}

/**
 * The difference of two grids over a window, as a grid of its own: statuses are those of
 * `differenceStatuses`, norm codes are those of `ratioCodes` for norm A over norm B. Cells where
 * one of the two has nothing are unseen.
 */
export function differenceGrid(sides, window, columns) {
  const [a, b] = sides; // each {grid, rowOf, statuses, norms}
  const span = window[1] - window[0] + 1;
  const width = Math.max(1, Math.min(columns, span, Math.floor(4e6 / Math.max(1, a.rowOf.length))));
  const [ca, cb] = sides.map((side) => pixelColumns(columnEdges(side.grid.first, side.grid.last), window, width));
  const statuses = differenceStatuses();
  const [neither, both, worseB, worseA] = [0, 1, 2, 3];
  const rows = a.rowOf.length;
  const status = new Uint8Array(rows * width).fill(statuses.unseen);
  const norms = new Uint16Array(rows * width);
  const cell = (side, row, low, high) => {
    const { grid } = side;
    let worst = side.statuses.unseen;
    let norm = 0;
    for (let k = row * grid.columns + low; k <= row * grid.columns + high; k++) {
      if (side.statuses.rank[grid.status[k]] > side.statuses.rank[worst]) worst = grid.status[k];
      if (grid.norms[k] > norm) norm = grid.norms[k];
    }
    return [worst, norm];
  };
  for (let row = 0; row < rows; row++) {
    const ra = a.rowOf[row];
    const rb = b.rowOf[row];
    if (ra < 0 || rb < 0 || ra >= a.grid.rows || rb >= b.grid.rows) continue;
    for (let x = 0; x < width; x++) {
      if (ca.low[x] < 0 || cb.low[x] < 0) continue;
      const [sa, na] = cell(a, ra, ca.low[x], ca.high[x]);
      const [sb, nb] = cell(b, rb, cb.low[x], cb.high[x]);
      if (sa === a.statuses.unseen || sb === b.statuses.unseen) continue;
      const rankA = a.statuses.bad[sa] ? a.statuses.rank[sa] : 0;
      const rankB = b.statuses.bad[sb] ? b.statuses.rank[sb] : 0;
      const k = row * width + x;
      status[k] = rankA === rankB ? (rankA ? both : neither) : rankA > rankB ? worseA : worseB;
      if (a.norms.ordinary(na) && b.norms.ordinary(nb)) norms[k] = ratioCode(a.norms.log2(na) - b.norms.log2(nb));
    }
  }
  const edges = Array.from({ length: width + 1 }, (_, x) => window[0] + Math.floor((x * span) / width));
  return {
    columns: width,
    rows,
    first: edges.slice(0, -1),
    last: edges.slice(1).map((edge, x) => Math.max(edges[x], edge - 1)),
    status,
    norms,
  };
}

/** Where the middle of the ratio codes is: equal norms. */
const RATIO_MIDDLE = 32768;

function ratioCode(octaves) {
  const code = RATIO_MIDDLE + Math.round((octaves / RATIO_OCTAVES) * 32000);
  return Math.max(1, Math.min(65534, code));
}

/** The codes of ratios, with the verbs of `NormCodes`. Pooled, the largest ratio is told. */
export class RatioCodes {
  ordinary(code) {
    return code > 0;
  }

  log2(code) {
    return ((code - RATIO_MIDDLE) / 32000) * RATIO_OCTAVES;
  }

  value(code) {
    return code > 0 ? 2 ** this.log2(code) : null;
  }

  text(code) {
    if (!this.ordinary(code)) return "no ratio";
    const ratio = this.value(code);
    const side = ratio >= 1 ? "A" : "B";
    const times = ratio >= 1 ? ratio : 1 / ratio;
    return times < 1.05 ? "alike" : `${side} is ${times >= 10 ? Math.round(times) : times.toFixed(1)} times larger`;
  }
}

/** The two ends of the colour scale of ratios. */
export const RATIO_RANGE = [RATIO_MIDDLE - 32000, RATIO_MIDDLE + 32000];
