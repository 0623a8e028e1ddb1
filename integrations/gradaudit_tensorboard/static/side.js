// One run that is looked at: what the source said of it, ready for use.
import { NormCodes, wholeText } from "./numbers.js";
import { summarise } from "./pool.js";
import { columnEdges } from "./scale.js";
import { Statuses } from "./statuses.js";

/** A run, or one rank of it. `overview`: the grid of all its steps; `detail`: of those shown. */
export class Side {
  constructor(entry, schema, found, grid) {
    this.entry = entry;
    this.schema = schema;
    this.statuses = new Statuses(schema.statuses, schema.unseen);
    this.norms = new NormCodes(schema.norm);
    this.findings = found.findings ?? [];
    this.messages = [entry.message, found.message].filter(Boolean);
    this.overview = withEdges(grid);
    this.detail = this.overview;
    this.summary = summarise(grid, this.statuses);
    this.seen = this.summary.rowsWith;
    this.rowOf = Int32Array.from(schema.parameters.keys());
  }

  /** First and last step with data; null where there is none. */
  get bounds() {
    const { columns, first, last } = this.overview;
    return columns ? [first[0], last[columns - 1]] : null;
  }
}

/** Asks for all that is needed to show a run; the questions are asked at once. */
export async function openSide(source, entry, columns) {
  const [schema, found, grid] = await Promise.all([
    source.schema(entry.key),
    source.findings(entry.key),
    source.grid(entry.key, { cols: columns }),
  ]);
  return new Side(entry, schema, found, grid);
}

/** A grid that knows where its columns begin and end. */
export function withEdges(grid) {
  return { ...grid, edges: columnEdges(grid.first, grid.last) };
}

/** As in "baseline" or "baseline, rank 3". */
export function runTitle(entry, runs) {
  const ranks = runs.filter((one) => one.run === entry.run).length;
  const name = entry.run === "." || entry.run === "" ? "this run" : entry.run;
  return ranks > 1 ? `${name}, rank ${wholeText(entry.rank)}` : name;
}
