// The heat maps on the page: one pane for each run, or one for the difference of two; the names
// beside them; and the box that all of it scrolls in.
import { RATIO_RANGE } from "./compare.js";
import { make, printable } from "./dom.js";
import { Labels } from "./labels.js";
import { counted, stepsText } from "./numbers.js";
import { Pane } from "./pane.js";

const ROW = 18; // CSS pixels
const HEAD = 90; // CSS pixels above the rows, about

/** The board: it lays the panes out and hands each its data. */
export class Board {
  constructor(app) {
    this.app = app;
    this.panes = [];
    this.labels = new Labels(app);
    this.corner = make("div", { class: "corner", "aria-hidden": "true" });
    this.viewport = make("div", { class: "viewport" }, this.corner, this.labels.element);
    this.spacer = make("div");
    this.map = make("div", { class: "map", on: { scroll: () => app.draw() } }, this.viewport, this.spacer);
    this.none = make("p", { class: "nothing", hidden: true });
    const keys = make("p", {
      class: "unseen-text",
      id: "ga-keys",
      text: "Arrow keys move over the cells and tell what they hold. Plus and minus zoom, shift with left and right moves the window, Enter draws the norms of a row, Escape shows all steps. The same data is in the table below.",
    });
    this.element = make("main", { class: "stage", "aria-label": "Heat map" }, this.none, this.map, keys);
  }

  /** How many columns are worth asking for. */
  get columns() {
    const width = (this.map.clientWidth || 1200) * Math.min(2, globalThis.devicePixelRatio || 1);
    return Math.max(400, Math.min(2000, Math.round(width)));
  }

  get rowHeight() {
    if (this.app.view.rows !== "parameters") return ROW;
    return Math.min(ROW, this.cellsHeight / Math.max(1, this.app.rows.length));
  }

  get cellsHeight() {
    return this.labels.element.clientHeight;
  }

  get scroll() {
    return this.map.scrollTop;
  }

  set scroll(top) {
    this.#fitSpacer();
    this.map.scrollTop = top;
  }

  /** Number of rows that have room. */
  get room() {
    return Math.max(12, Math.floor((this.cellsHeight || 450) / ROW));
  }

  /** Where the cells are within another element: [left, width] in CSS pixels. */
  placeWithin(element) {
    if (!this.panes.length) return [0, 0];
    const { left } = element.getBoundingClientRect();
    const first = this.panes[0].cells.getBoundingClientRect();
    const last = this.panes[this.panes.length - 1].cells.getBoundingClientRect();
    return [first.left - left, last.right - first.left];
  }

  /** Makes as many panes as there are runs, one for a difference. */
  lay() {
    const { app } = this;
    const letters = app.isDifference ? [""] : app.data.sides.map((_, number) => "AB"[number]);
    if (this.panes.length === letters.length && this.panes.every((pane, number) => pane.letter === letters[number])) return;
    this.panes = letters.map((letter) => new Pane(app, letter));
    this.viewport.replaceChildren(this.corner, ...this.panes.map((pane) => pane.head), this.labels.element, ...this.panes.map((pane) => pane.cells));
    this.viewport.style.setProperty("--panes", String(letters.length));
  }

  /** Hands each pane its data; what is kept, the colours or the window may have changed too. */
  refresh() {
    const { app } = this;
    const { data, look, kept: keep } = app;
    const title = (side, letter) => `${letter}: ${printable(app.titleOf(side.entry), 60)}`;
    if (app.isDifference && data.bounds) {
      const [a, b] = data.sides;
      this.panes[0].show({
        ...data.difference(app.view.window, this.columns), range: RATIO_RANGE, keep, colours: look.palette.difference,
        hexes: look.palette.diverging, marks: () => [], name: `${title(a, "A")}, ${title(b, "B")}`,
      });
    } else if (!app.isDifference) {
      this.panes.forEach((pane, number) => {
        const side = data.sides[number];
        pane.show({
          grid: side.detail, overview: side.overview, summary: side.summary, seen: side.seen, statuses: side.statuses,
          norms: side.norms, range: data.range, rowOf: side.rowOf, keep, colours: look.palette.status, hexes: look.palette.ramp,
          marks: () => side.findings.map((one) => ({ step: one.first_step, severity: one.severity, active: one === app.finding })),
          name: data.sides.length > 1 ? title(side, pane.letter) : "",
        });
      });
    }
    const kind = app.isDifference ? "Differences between two runs" : `Gradient ${app.view.colour}`;
    for (const pane of this.panes) {
      const run = data.sides.length > 1 && !app.isDifference ? ` of run ${pane.letter}` : "";
      const steps = app.window ? `, ${stepsText(...app.window)}` : "";
      pane.cells.setAttribute("aria-label", `${kind}${run}, ${counted(data.parameters.length, "parameter")}${steps}`);
    }
    this.corner.textContent = app.isDifference ? "parameters that differ" : "parameters with problems";
    const text = this.#whyNothing();
    this.none.hidden = text === null;
    this.corner.hidden = !data.bounds;
    this.none.textContent = text ?? "";
  }

  /** Why there are no cells, where there are none. */
  #whyNothing() {
    const { app } = this;
    if (!app.data.bounds) return this.#whyNoSteps();
    if (app.rows.length) return null;
    const { filter, problems } = app.view;
    if (filter) return `No parameter${problems ? " with a problem" : ""} matches "${printable(filter, 80)}".`;
    return problems ? "No parameter had a problem." : "The log tells of no parameters.";
  }

  #whyNoSteps() {
    const { source, data } = this.app;
    if (source.grows) return "No optimizer step has been recorded yet. The first ones will be shown here once they are written.";
    if (data.sides[0].entry.steps) return "This file has the findings of the run, and no cells: a report that was read from JSON has none.";
    return "No optimizer step was recorded.";
  }

  /** Scrolls so that a row is a third down. */
  centre(row) {
    if (row >= 0) this.scroll = Math.max(0, row * this.rowHeight - this.cellsHeight / 3);
  }

  /** Scrolls so far that a row is in sight. */
  reveal(row) {
    const top = row * this.rowHeight;
    if (row < 0) return;
    if (top < this.scroll) this.scroll = top;
    else if (top + this.rowHeight > this.scroll + this.cellsHeight) this.scroll = top + this.rowHeight - this.cellsHeight;
  }

  /** Where the cursor begins: in the first row in sight, at the step of a finding or the first. */
  firstCursor() {
    const { window, view, rows } = this.app;
    const row = Math.max(0, Math.min(rows.length - 1, Math.ceil(this.scroll / this.rowHeight)));
    const marked = view.step !== null && view.step >= window[0] && view.step <= window[1];
    return { row, step: marked ? view.step : window[0] };
  }

  #fitSpacer() {
    const { app } = this;
    const fits = app.view.rows === "parameters";
    const over = fits ? 0 : Math.max(0, Math.ceil(app.rows.length * ROW - this.cellsHeight));
    this.spacer.style.setProperty("height", `${over}px`);
    // Where the page itself scrolls, few rows take little room.
    const tall = fits ? 2000 : HEAD + app.rows.length * ROW + (this.panes.length > 1 ? 30 : 0);
    app.page.style.setProperty("--content", `${Math.max(230, tall)}px`);
  }

  draw() {
    this.#fitSpacer();
    this.labels.draw();
    for (const pane of this.panes) pane.paint();
  }

  drawOver() {
    for (const pane of this.panes) pane.paintOver();
    const { cursor } = this.app;
    for (const row of this.labels.element.children) row.classList.toggle("here", Number(row.dataset?.row) === cursor?.row);
  }
}
