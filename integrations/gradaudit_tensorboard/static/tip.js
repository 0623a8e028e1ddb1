// What is under the pointer or the cursor, beside it and for the ears.
import { make, printable } from "./dom.js";
import { swatch } from "./legend.js";
import { counted, stepsText } from "./numbers.js";
import { columnAt, pixelOf } from "./scale.js";

/**
 * What each pane says of a cell: [{letter, status, text}], `text` in words. Of a group it says how
 * many of its parameters are in that status.
 */
export function cellTexts(panes, row, step) {
  return panes.map((pane) => {
    const c = columnAt(pane.grid.edges, step);
    const line = pane.lines.of(row.node);
    const code = c < 0 ? pane.statuses.unseen : line.status[c];
    const status = pane.statuses.name(code);
    if (code === pane.statuses.unseen) return { letter: pane.letter, status, text: "nothing recorded" };
    const where = stepsText(pane.grid.first[c], pane.grid.last[c]);
    const pooled = pane.grid.last[c] > pane.grid.first[c] ? ", the worst of them" : "";
    const share = line.counts ? ` in ${line.counts[c]} of ${counted(line.totals[c], "parameter")}` : "";
    const norm = pane.norms.text(line.norms[c]);
    const size = pane.letter === "" ? norm : `norm ${norm}${line.counts ? " at most" : ""}`;
    return { letter: pane.letter, status, text: `${status}${share}, ${where}${pooled}, ${size}` };
  });
}

/** The small box beside the pointer. */
export class Tip {
  constructor(app) {
    this.app = app;
    this.element = make("div", { class: "tip", "aria-hidden": "true", hidden: true });
  }

  hide() {
    this.element.hidden = true;
  }

  /** Shows the cell of a cursor that keys have moved; returns what there is to say of it. */
  tell(row, { row: number, step }) {
    const { app } = this;
    const { panes, rowHeight, scroll } = app.board;
    const texts = cellTexts(panes, row, step);
    const cells = (panes.find((pane) => pane.cells === document.activeElement) ?? panes[0]).cells.getBoundingClientRect();
    const x = cells.left + pixelOf(step + 0.5, cells.width, app.window);
    this.show(row, step, { x, y: cells.top + (number + 0.5) * rowHeight - scroll });
    const told = texts.map(({ letter, text }) => (texts.length > 1 ? `${letter} ${text}` : text));
    return `${printable(app.fullName(row), 120)}: ${told.join("; ")}`;
  }

  show(row, step, { x, y }) {
    const { app } = this;
    const texts = cellTexts(app.board.panes, row, step);
    const kind = app.isDifference ? "d" : "s";
    this.element.replaceChildren(
      make("b", {}, make("bdi", { text: printable(app.fullName(row), 160) })),
      ...texts.map(({ letter, status, text }) => make("div", {}, swatch(status, kind), `${texts.length > 1 ? `${letter}: ` : ""}${text}`)),
    );
    this.element.hidden = false;
    const box = this.element.getBoundingClientRect();
    const left = Math.max(4, Math.min(innerWidth - box.width - 6, x + 14));
    const top = y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18;
    this.element.style.setProperty("left", `${left}px`);
    this.element.style.setProperty("top", `${Math.max(4, top)}px`);
  }
}
