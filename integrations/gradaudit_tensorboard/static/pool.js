// Many cells into one: pure functions over grids. The worst status wins and the largest norm, so a
// single bad step of a single parameter is never averaged away.

/**
 * One row as it is drawn. `share`: of the parameters in it, how many (0 to 255 for all) are in the
 * status told; `under`: the mildest status among them; both null for a single parameter.
 * @typedef {{status: Uint8Array, norms: Uint16Array, share: Uint8Array|null, under: Uint8Array|null,
 *   counts: Uint32Array|null}} Line
 */

/** The steps `from` to `to` of a grid (null: all), in at most `cols` columns. */
export function sliceGrid(grid, from, to, cols, statuses) {
  const low = from ?? -Infinity;
  const high = to ?? Infinity;
  let begin = 0;
  while (begin < grid.columns && grid.last[begin] < low) begin++;
  let end = begin;
  while (end < grid.columns && grid.first[end] <= high) end++;
  const span = end - begin;
  const columns = Math.max(0, Math.min(span, cols));
  const first = new Array(columns);
  const last = new Array(columns);
  const status = new Uint8Array(grid.rows * columns).fill(statuses.unseen);
  const norms = new Uint16Array(grid.rows * columns);
  const { rank } = statuses;
  const edges = Array.from({ length: columns + 1 }, (_, c) => begin + Math.floor((c * span) / columns));
  for (let c = 0; c < columns; c++) {
    first[c] = grid.first[edges[c]];
    last[c] = grid.last[edges[c + 1] - 1];
  }
  for (let row = 0; row < grid.rows; row++) {
    for (let c = 0; c < columns; c++) {
      let worst = statuses.unseen;
      let norm = 0;
      for (let k = row * grid.columns + edges[c]; k < row * grid.columns + edges[c + 1]; k++) {
        if (rank[grid.status[k]] > rank[worst]) worst = grid.status[k];
        if (grid.norms[k] > norm) norm = grid.norms[k];
      }
      status[row * columns + c] = worst;
      norms[row * columns + c] = norm;
    }
  }
  const had = span === grid.columns ? grid.had : null; // it is of all steps
  return { columns, rows: grid.rows, first, last, had, status, norms };
}

/** What the server's `curve` would answer, from a grid. */
export function curvesOf(grid, parameters, coding) {
  const special = new Set([coding.none, coding.zero, coding.inf, coding.nan]);
  const known = parameters.filter((index) => index >= 0 && index < grid.rows);
  return {
    first: Array.from(grid.first),
    last: Array.from(grid.last),
    curves: known.map((index) => {
      const begin = index * grid.columns;
      const norm = Array.from(grid.norms.subarray(begin, begin + grid.columns));
      return {
        index,
        status: Array.from(grid.status.subarray(begin, begin + grid.columns)),
        norm,
        low: norm.map((code) => (code >= coding.first && !special.has(code) ? code : coding.none)),
      };
    }),
  };
}

/**
 * A grid in one pass: for each row the worst status and whether it ever had a problem, for each
 * status the number of rows that ever had it (as the server knows it, where it has told so: a
 * column shows the worst of its steps), for each column and problem the number of rows.
 */
export function summarise(grid, statuses) {
  const { columns, rows, status } = grid;
  const { rank, bad, names } = statuses;
  const worst = new Uint8Array(rows).fill(statuses.unseen);
  const problem = new Uint8Array(rows);
  const rowsWith = new Uint32Array(256);
  const perColumn = new Map(names.flatMap((_, code) => (bad[code] ? [[code, new Uint32Array(columns)]] : [])));
  const seen = new Uint8Array(256);
  for (let row = 0; row < rows; row++) {
    seen.fill(0);
    let most = statuses.unseen;
    for (let c = 0, k = row * columns; c < columns; c++, k++) {
      const code = status[k];
      seen[code] = 1;
      if (bad[code]) perColumn.get(code)[c]++;
      if (rank[code] > rank[most]) most = code;
    }
    worst[row] = most;
    problem[row] = bad[most];
    for (let code = 0; code < 256; code++) rowsWith[code] += seen[code];
  }
  for (const [code, many] of Object.entries(grid.had ?? {})) rowsWith[code] = many;
  let tallest = 0;
  for (let c = 0; c < columns; c++) {
    let total = 0;
    for (const counts of perColumn.values()) total += counts[c];
    if (total > tallest) tallest = total;
  }
  return { worst, problem, rowsWith, perColumn, tallest };
}

/** The 2nd and the 98th of 100 among the ordinary norm codes, for the ends of the colour ramp. */
export function normRange(grid, norms) {
  const sample = [];
  const stride = Math.max(1, Math.floor((grid.rows * grid.columns) / 20011));
  for (let k = 0; k < grid.norms.length; k += stride) {
    if (norms.ordinary(grid.norms[k])) sample.push(grid.norms[k]);
  }
  if (!sample.length) return null;
  sample.sort((a, b) => a - b);
  const low = sample[Math.floor(sample.length * 0.02)];
  const high = sample[Math.min(sample.length - 1, Math.floor(sample.length * 0.98))];
  return [low, Math.max(low + 1, high)];
}

/** Lines of a grid by row and by group of rows, each computed once. */
export class Lines {
  /**
   * `rowOf`: for each parameter shown, its row in the grid (-1: it is not in it); `keep`: the
   * parameters that are shown, null for all of them.
   */
  constructor(grid, statuses, rowOf, keep = null) {
    this.grid = grid;
    this.statuses = statuses;
    this.rowOf = rowOf;
    this.keep = keep;
    this.cache = new Map();
    const { columns } = grid;
    this.blank = {
      status: new Uint8Array(columns).fill(statuses.unseen),
      norms: new Uint16Array(columns),
      share: null,
      under: null,
      counts: null,
    };
  }

  /** @returns {Line} of a node of the tree. */
  of(node) {
    if (node.leaf !== null) return this.leaf(node.leaf);
    let line = this.cache.get(node);
    if (!line) this.cache.set(node, (line = this.#group(node)));
    return line;
  }

  /** @returns {Line} of one parameter. */
  leaf(index) {
    const row = this.rowOf[index];
    if (row === undefined || row < 0 || row >= this.grid.rows) return this.blank;
    const begin = row * this.grid.columns;
    const end = begin + this.grid.columns;
    return {
      status: this.grid.status.subarray(begin, end),
      norms: this.grid.norms.subarray(begin, end),
      share: null,
      under: null,
      counts: null,
    };
  }

  #group(node) {
    const { columns } = this.grid;
    const { rank, unseen } = this.statuses;
    const status = new Uint8Array(columns).fill(unseen);
    const under = new Uint8Array(columns).fill(unseen);
    const norms = new Uint16Array(columns);
    const counts = new Uint32Array(columns); // rows in the worst status
    const totals = new Uint32Array(columns); // rows with any status
    const stack = [...node.kids];
    for (const kid of stack) {
      if (kid.leaf !== null && this.keep && !this.keep.has(kid.leaf)) continue;
      if (kid.leaf === null && this.keep && !kid.parameters.some((one) => this.keep.has(one))) continue;
      const line = this.of(kid);
      for (let c = 0; c < columns; c++) {
        const worst = line.status[c];
        if (worst === unseen) continue;
        const many = line.counts ? line.counts[c] : 1;
        if (rank[worst] > rank[status[c]]) {
          status[c] = worst;
          counts[c] = many;
        } else if (worst === status[c]) counts[c] += many;
        const mild = line.under ? line.under[c] : worst;
        if (under[c] === unseen || rank[mild] < rank[under[c]]) under[c] = mild;
        totals[c] += line.totals ? line.totals[c] : 1;
        if (line.norms[c] > norms[c]) norms[c] = line.norms[c];
      }
    }
    const share = new Uint8Array(columns);
    // A third at least, so that one parameter of a thousand is seen.
    for (let c = 0; c < columns; c++) {
      share[c] = counts[c] >= totals[c] ? 255 : Math.round(255 * (0.34 + (0.6 * counts[c]) / totals[c]));
    }
    return { status, norms, share, under, counts, totals };
  }
}

/**
 * The runs of equal status along a line: what a person who cannot see the cells is told.
 * @returns {{code: number, first: number, last: number}[]} without what is unseen
 */
export function statusRuns(line, grid, statuses) {
  const runs = [];
  for (let c = 0; c < grid.columns; c++) {
    const code = line.status[c];
    const open = runs[runs.length - 1];
    if (open && open.code === code && open.column === c - 1) {
      open.last = grid.last[c];
      open.column = c;
    } else if (code !== statuses.unseen) {
      runs.push({ code, first: grid.first[c], last: grid.last[c], column: c });
    }
  }
  return runs.map(({ code, first, last }) => ({ code, first, last }));
}
