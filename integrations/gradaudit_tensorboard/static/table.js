// What the heat map shows, as a table: for people who do not see it, and for those who like numbers.
import { make, printable } from "./dom.js";
import { stepsText, wholeText } from "./numbers.js";
import { statusRuns } from "./pool.js";

const ROWS_OF_PAGE = 300;
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
    this.begin = 0; // the first row of the page that is shown
    const turn = (text, label, by) =>
      make("button", { type: "button", class: "link", text, "aria-label": label, on: { click: () => this.#turn(by) } });
    this.back = turn("Rows before", "Show the rows before these in the table", -1);
    this.on = turn("Rows after", "Show the rows after these in the table", 1);
    this.where = make("span");
    this.pages = make("div", { class: "pages", role: "group", "aria-label": "Pages of the table" }, this.back, this.where, this.on);
    this.element = make(
      "section",
      { class: "table unseen-text", id: "ga-table", "aria-label": "The heat map as a table", tabindex: "-1" },
      this.pages,
      make("table", {}, this.caption, this.head, this.body),
    );
  }

  /** Another page of the same rows. */
  #turn(by) {
    this.begin += by * ROWS_OF_PAGE;
    this.update();
    this.element.scrollTop = 0;
    this.app.say(this.where.textContent);
    // The button that was pressed may have nowhere to go any more.
    const [pressed, other] = by < 0 ? [this.back, this.on] : [this.on, this.back];
    if (pressed.disabled) other.focus({ preventScroll: true });
  }

  /** Brings it into sight, or out of it. */
  show() {
    const { table } = this.app.view;
    this.element.classList.toggle("unseen-text", !table);
    this.element.setAttribute("tabindex", table ? "0" : "-1");
  }

  update() {
    const { app } = this;
    const most = app.rows.length;
    this.begin = Math.max(0, Math.min(this.begin, Math.floor((most - 1) / ROWS_OF_PAGE) * ROWS_OF_PAGE));
    const shown = app.rows.slice(this.begin, this.begin + ROWS_OF_PAGE);
    const end = this.begin + shown.length;
    const rows = `rows ${wholeText(this.begin + 1)} to ${wholeText(end)} of ${wholeText(most)}`;
    const part = shown.length < most ? `, ${rows}` : "";
    this.pages.hidden = !part;
    this.where.textContent = rows;
    this.back.disabled = !this.begin;
    this.on.disabled = end >= most;
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
