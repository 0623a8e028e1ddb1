// What is known of the runs that are looked at: one, or two of which the parameters are matched.
import { RatioCodes, differenceGrid, matchCounts, matched } from "./compare.js";
import { orderedFindings } from "./findings.js";
import { counted, wholeText } from "./numbers.js";
import { normRange, summarise } from "./pool.js";
import { openSide, withEdges } from "./side.js";
import { differenceStatuses } from "./statuses.js";
import { buildTree, matching } from "./tree.js";

export const SEVERITY_NAMES = ["", "info", "warning", "error"];

/** The data of one view. Everything is indexed by parameter, those of both runs together. */
export class Data {
  /** @param {import("./side.js").Side[]} sides one, or two that are compared */
  constructor(sides) {
    this.sides = sides;
    const union = matched(sides.map((side) => side.schema));
    this.parameters = union.parameters;
    this.identity = Int32Array.from(this.parameters.keys());
    sides.forEach((side, number) => (side.rowOf = union.rows[number]));
    this.tree = buildTree(this.parameters);
    const bounds = sides.map((side) => side.bounds).filter(Boolean);
    /** First and last step with data in any of the runs; null where there is none. */
    this.bounds = bounds.length ? [Math.min(...bounds.map((one) => one[0])), Math.max(...bounds.map((one) => one[1]))] : null;
    this.range = this.#commonRange();
    this.messages = [...sides.flatMap((side) => side.messages), ...matchMessages(union)];
    this.#markProblems();
  }

  /** The ends of the colour ramp, as codes of the first run. */
  #commonRange() {
    const ranges = this.sides.map((side) => normRange(side.overview, side.norms)).filter(Boolean);
    if (!ranges.length) return null;
    return [Math.min(...ranges.map((one) => one[0])), Math.max(...ranges.map((one) => one[1]))];
  }

  /** Which parameters have had a problem, and the worst finding that names each. */
  #markProblems() {
    this.problem = new Uint8Array(this.parameters.length);
    this.severity = new Uint8Array(this.parameters.length);
    for (const side of this.sides) {
      const indexOf = new Map();
      side.rowOf.forEach((row, index) => {
        if (row < 0) return;
        indexOf.set(row, index);
        if (side.summary.problem[row]) this.problem[index] = 1;
      });
      for (const finding of side.findings) {
        const rank = Math.max(1, SEVERITY_NAMES.indexOf(finding.severity));
        for (const row of finding.indices ?? []) {
          const index = indexOf.get(row);
          if (index === undefined) continue;
          this.problem[index] = 1;
          this.severity[index] = Math.max(this.severity[index], rank);
        }
      }
    }
  }

  /** The parameters that a finding of one of the runs names, as indices. */
  indicesOf(finding, number = 0) {
    const rows = new Set(finding.indices ?? []);
    const { rowOf } = this.sides[number];
    return [...this.parameters.keys()].filter((index) => rows.has(rowOf[index]));
  }

  /** The parameters that a filter and "problems only" leave; null for all. */
  kept(filter, problems) {
    const named = matching(this.parameters, filter);
    if (!problems) return named;
    return new Set([...this.parameters.keys()].filter((index) => this.problem[index] && (!named || named.has(index))));
  }

  /** The parameter to look at first: of this finding, of the worst one, or with a problem. */
  mostTelling(finding) {
    const worst = finding ?? orderedFindings(this.sides[0].findings).find((one) => one.indices?.length);
    return Math.max(0, (worst && this.indicesOf(worst)[0]) ?? this.problem.indexOf(1));
  }

  /** The parameters with these names. */
  named(names) {
    const wanted = new Set(names);
    return [...this.parameters.keys()].filter((index) => wanted.has(this.parameters[index].name));
  }

  /** Takes the grids of a narrower window, one for each run; null: the window is everything. */
  show(grids) {
    this.sides.forEach((side, number) => {
      const grid = grids?.[number] ?? null;
      side.detail = grid ? withEdges(grid) : side.overview;
      side.seen = grid ? summarise(grid, side.statuses).rowsWith : side.summary.rowsWith;
    });
    this.differenceAsked = null;
  }

  /** The difference of the two runs, as a pane wants it. `window`: the steps shown, null for all. */
  difference(window, columns) {
    const key = `${window} ${columns}`;
    if (this.differenceAsked === key) return this.differenceNow;
    const grid = (which, steps) => {
      const sides = this.sides.map((side) => ({ grid: side[which], rowOf: side.rowOf, statuses: side.statuses, norms: side.norms }));
      return withEdges(differenceGrid(sides, steps, columns));
    };
    const statuses = differenceStatuses();
    const overview = this.differenceNow?.columns === columns ? this.differenceNow.overview : grid("overview", this.bounds);
    const detail = window ? grid("detail", window) : overview;
    const summary = summarise(overview, statuses);
    const seen = window ? summarise(detail, statuses).rowsWith : summary.rowsWith;
    this.differenceAsked = key;
    this.differenceNow = { columns, overview, grid: detail, statuses, summary, seen, norms: new RatioCodes(), rowOf: this.identity };
    return this.differenceNow;
  }
}

function matchMessages(union) {
  if (union.rows.length < 2) return [];
  const { both, onlyA, onlyB } = matchCounts(union);
  if (!both) return ["The two runs have no parameter of the same name, so no cell of one can be compared with one of the other."];
  if (!onlyA && !onlyB) return [];
  return [`${counted(both, "parameter")} in both runs; ${wholeText(onlyA)} in A only, ${wholeText(onlyB)} in B only.`];
}

/** Asks for one run, or for two. */
export async function openData(source, entries, columns) {
  const data = new Data(await Promise.all(entries.map((entry) => openSide(source, entry, columns))));
  data.show(null);
  return data;
}
