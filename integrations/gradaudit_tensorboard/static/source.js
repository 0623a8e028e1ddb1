// Where the data comes from: TensorBoard's server, or the page itself. Both kinds answer to the
// same five verbs: runs, schema, findings, grid, curve.
import { curvesOf, sliceGrid } from "./pool.js";
import { Statuses } from "./statuses.js";

/**
 * A grid: parameters in rows, steps in columns. Several steps may share a column; then the worst
 * status and the largest norm of them are told.
 * @typedef {{columns: number, rows: number, first: ArrayLike<number>, last: ArrayLike<number>,
 *   status: Uint8Array, norms: Uint16Array, had?: Record<string, number>|null}} Grid
 * `had`: how many parameters have had each status, by its code, in some of these steps; the columns
 * show the worst alone.
 */

/**
 * The binary answer of `grid`: u32 length of the header, the header as JSON, then one byte of
 * status for each cell, row by row, and (from the next even byte on) one u16 norm code for each.
 * Throws where the bytes are fewer than the header says.
 * @param {ArrayBuffer} buffer
 * @returns {Grid}
 */
export function parseGrid(buffer) {
  const view = new DataView(buffer);
  const length = view.getUint32(0, true);
  if (4 + length > buffer.byteLength) throw new Error("the grid ends inside its header");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const { columns, rows, first, last, had = null } = header;
  const cells = columns * rows;
  const at = 4 + length;
  const norms = at + cells + ((at + cells) % 2);
  if (norms + 2 * cells > buffer.byteLength) throw new Error("the grid ends before its last cell");
  return {
    columns,
    rows,
    first,
    last,
    had,
    status: new Uint8Array(buffer, at, cells),
    norms: new Uint16Array(buffer, norms, cells),
  };
}

/** Asks a server. `base`: the address below which the routes are. */
export class HttpSource {
  constructor(base) {
    this.base = base;
    this.grows = true;
  }

  async runs() {
    return (await this.#get("runs")).json();
  }

  async schema(key) {
    return (await this.#get("schema", { key })).json();
  }

  async findings(key) {
    return (await this.#get("findings", { key })).json();
  }

  /**
   * The server may answer before it has read all of a large log: `unread` of the run tells.
   * @returns {Promise<Grid>} of the steps `from` to `to` (null: all), in at most `cols` columns.
   */
  async grid(key, { from = null, to = null, cols = 1200, signal } = {}) {
    const range = from === null || to === null ? {} : { from, to };
    return parseGrid(await (await this.#get("grid", { key, ...range, cols, within: 1000 }, signal)).arrayBuffer());
  }

  async curve(key, { parameters, from = null, to = null, cols = 1200, signal }) {
    const range = from === null || to === null ? {} : { from, to };
    return (await this.#get("curve", { key, p: parameters.join(","), ...range, cols, within: 1000 }, signal)).json();
  }

  async #get(route, query = {}, signal) {
    const address = new URL(route, this.base);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    const answer = await fetch(address, { signal });
    if (answer.ok) return answer;
    let reason = `the server answered with ${answer.status}`;
    try {
      reason = (await answer.json()).error || reason;
    } catch {
      // an answer without our JSON: its number says what there is to say
    }
    throw new Error(reason);
  }
}

/**
 * Reads what the page holds. `document`: `{"report": table or null, "runs": [...], "data":
 * {key: {"schema", "findings", "grid", "encoding"}}}`, the first three as the server would answer
 * them; "grid" is the binary answer of the whole run in base64 (null where nothing was recorded),
 * deflated once more as "encoding" says: "raw", "deflate" (zlib) or "gzip".
 */
export class EmbeddedSource {
  constructor(document) {
    this.document = document;
    this.grows = false; // a file says what it says
    this.grids = new Map();
  }

  async runs() {
    return { runs: this.document.runs };
  }

  async schema(key) {
    return this.#entry(key).schema;
  }

  async findings(key) {
    return this.#entry(key).findings;
  }

  async grid(key, { from = null, to = null, cols = 1200 } = {}) {
    return sliceGrid(await this.#whole(key), from, to, cols, this.#statuses(key));
  }

  async curve(key, { parameters, from = null, to = null, cols = 1200 }) {
    const { schema } = this.#entry(key);
    const grid = sliceGrid(await this.#whole(key), from, to, cols, this.#statuses(key));
    return curvesOf(grid, parameters, schema.norm);
  }

  #statuses(key) {
    const { schema } = this.#entry(key);
    return new Statuses(schema.statuses, schema.unseen);
  }

  #entry(key) {
    if (!Object.hasOwn(this.document.data, key)) throw new Error(`there is no run "${key}" in this page`);
    return this.document.data[key];
  }

  #whole(key) {
    if (!this.grids.has(key)) this.grids.set(key, decodeEmbedded(this.#entry(key)));
    return this.grids.get(key);
  }
}

async function decodeEmbedded(entry) {
  if (!entry.grid) {
    return { columns: 0, rows: 0, first: [], last: [], status: new Uint8Array(0), norms: new Uint16Array(0) };
  }
  const text = atob(entry.grid);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  if (!entry.encoding || entry.encoding === "raw") return parseGrid(bytes.buffer);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(entry.encoding));
  return parseGrid(await new Response(stream).arrayBuffer());
}
