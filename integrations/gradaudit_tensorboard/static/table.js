// What the heat map shows, as a table: for people who do not see it, and for those who like numbers.
import { make, printable } from "./dom.js";
import { stepsText, wholeText } from "./numbers.js";
import { statusRuns } from "./pool.js";

const MOST_ROWS = 300;
const MOST_RUNS = 6;

/** A line in words: "ok in steps 0 to 11, nan in step 12". */
export function runsText(runs, statuses) {
  if (!runs.length) return "nothing recorded";
  const told = runs.slice(0, MOST_RUNS).map(({ code, first, last }) => `${statuses.name(code)} in ${stepsText(first, last)}`);
  const more = runs.length - told.length;
  return told.join(", ") + (more ? `, and ${wholeText(more)} more changes` : "");
}

/** The largest norm code of a line, and the one of its last column that says anything. */
export function lineNorms(line, statuses) {
  let largest = 0;
  let last = 0;
  for (let c = 0; c < line.status.length; c++) {
    if (line.status[c] === statuses.unseen) continue;
    last = line.norms[c];
    if (line.norms[c] > largest) largest = line.norms[c];
  }
  return { largest, last };
}

/** The table. It is always there; `view.table` says whether it is in sight. */
export class Table {
  constructor(app) {
    this.app = app;
    this.caption = make("caption");
    this.head = make("thead");
    this.body = make("tbody");
    this.element = make(
      "section",
      { class: "table unseen-text", id: "ga-table", "aria-label": "The heat map as a table", tabindex: "-1" },
      make("table", {}, this.caption, this.head, this.body),
    );
  }

  /** Brings it into sight, or out of it. */
  show() {
    const { table } = this.app.view;
    this.element.classList.toggle("unseen-text", !table);
    this.element.setAttribute("tabindex", table ? "0" : "-1");
  }

  update() {
    const { app } = this;
    const shown = app.rows.slice(0, MOST_ROWS);
    const part = shown.length < app.rows.length ? `, the first ${shown.length} of ${wholeText(app.rows.length)} rows` : "";
    const window = app.window;
    this.caption.textContent = `${app.isDifference ? "Differences" : "Gradients"} in ${window ? stepsText(...window) : "no steps"}${part}`;
    const several = app.board.panes.length > 1;
    const columns = app.board.panes.flatMap((pane) => {
      const tag = several ? `${pane.letter}: ` : "";
      return [`${tag}worst`, `${tag}statuses`, ...(app.isDifference ? [] : [`${tag}largest norm`, `${tag}last norm`])];
    });
    this.head.replaceChildren(make("tr", {}, ["Name", "Parameters", ...columns].map((text) => make("th", { scope: "col", text }))));
    this.body.replaceChildren(...shown.map((row) => this.#row(row)));
  }

  #row(row) {
    const { app } = this;
    const cells = app.board.panes.flatMap((pane) => {
      const line = pane.lines.of(row.node);
      const { statuses, norms } = pane;
      const runs = statusRuns(line, pane.grid, statuses);
      const worst = runs.reduce((most, one) => (statuses.rank[one.code] > statuses.rank[most] ? one.code : most), statuses.unseen);
      const texts = [statuses.name(worst), runsText(runs, statuses)];
      if (!app.isDifference) {
        const { largest, last } = lineNorms(line, statuses);
        texts.push(norms.text(largest), norms.text(last));
      }
      return texts.map((text) => make("td", { text }));
    });
    const name = make("th", { scope: "row", css: { "--depth": Math.min(row.depth, 8) } }, make("bdi", { text: printable(app.fullName(row), 300) }));
    return make("tr", { class: row.node.leaf === null ? "group" : null }, name, make("td", { text: wholeText(row.parameters.length) }), cells);
  }
}
