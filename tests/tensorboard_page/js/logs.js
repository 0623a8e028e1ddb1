// What the tests of the page's pure half share: small grids, and bytes as the server sends them.
export const STATIC = "../../../integrations/gradaudit_tensorboard/static/";
export const NAMES = ["ok", "none", "nan", "inf", "zero", "stale", "frozen", "skipped"];
export const [OK, NONE, NAN, INF, ZERO, STALE, FROZEN, SKIPPED, UNSEEN] = [0, 1, 2, 3, 4, 5, 6, 7, 255];
export const CODING = { bias: 512, scale: 64, none: 0, zero: 1, inf: 65534, nan: 65535, first: 2, last: 65533 };

/** The code of a norm. */
export function code(norm) {
  return Math.round((Math.log2(norm) + CODING.bias) * CODING.scale);
}

/** A grid of rows of status codes; every norm is 1 where none are given. */
export function gridOf(rows, { first, last, norms } = {}) {
  const columns = rows[0]?.length ?? 0;
  const steps = Array.from({ length: columns }, (_, c) => c);
  return {
    columns,
    rows: rows.length,
    first: first ?? steps,
    last: last ?? first ?? steps,
    status: Uint8Array.from(rows.flat()),
    norms: Uint16Array.from((norms ?? rows.map((row) => row.map(() => code(1)))).flat()),
  };
}

/** A grid as bytes, written here by hand as the interface says. */
export function bytesOf(grid) {
  let header = JSON.stringify({ columns: grid.columns, rows: grid.rows, first: [...grid.first], last: [...grid.last] });
  while ((4 + header.length) % 4) header += " ";
  const cells = grid.rows * grid.columns;
  const begin = 4 + header.length;
  const norms = begin + cells + (cells % 2);
  const buffer = new ArrayBuffer(norms + 2 * cells);
  const view = new DataView(buffer);
  view.setUint32(0, header.length, true);
  new Uint8Array(buffer, 4).set(new TextEncoder().encode(header));
  new Uint8Array(buffer, begin, cells).set(grid.status);
  for (let k = 0; k < cells; k++) view.setUint16(norms + 2 * k, grid.norms[k], true);
  return buffer;
}

/** Numbers that look random and are the same each time. */
export function randomOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
