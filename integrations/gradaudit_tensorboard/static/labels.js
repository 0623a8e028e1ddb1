// The names beside the cells: a tree of modules in the DOM, of which only the visible rows exist.
import { make, printable } from "./dom.js";
import { shortCount } from "./numbers.js";

const NAMELESS = '""';
const END = 14; // letters of a long name that are always in sight

/** A name, of which the middle is left out where it is too long: names often differ at the end. */
function nameParts(name) {
  const letters = [...name];
  if (letters.length < 2 * END) return [make("span", { class: "begin", text: name })];
  return [
    make("span", { class: "begin", text: letters.slice(0, -END).join("") }),
    make("span", { class: "end", text: letters.slice(-END).join("") }),
  ];
}

/** The column of names. */
export class Labels {
  constructor(app) {
    this.app = app;
    this.element = make("div", {
      class: "labels",
      role: "tree",
      "aria-label": "Modules and parameters",
      "aria-multiselectable": "true",
      on: {
        keydown: (event) => this.#key(event),
        focusin: (event) => this.#focused(event),
        mousemove: (event) => this.#hover(event),
        mouseleave: () => app.moveCursor(null),
      },
    });
    this.active = 0;
  }

  /** Draws the rows that are in sight. */
  draw() {
    const { app } = this;
    const height = app.board.rowHeight;
    const visible = Math.ceil(app.board.cellsHeight / height) + 1;
    const begin = Math.max(0, Math.floor(app.board.scroll / height));
    const end = Math.min(app.rows.length, begin + visible);
    if (height < 12) {
      this.element.setAttribute("role", "presentation");
      this.element.replaceChildren(...this.#sections());
      return;
    }
    this.element.setAttribute("role", "tree");
    this.active = Math.max(0, Math.min(app.rows.length - 1, this.active));
    const tabbable = this.active >= begin && this.active < end ? this.active : begin;
    const had = this.element.contains(document.activeElement) ? Number(document.activeElement.dataset.row) : null;
    const kids = [];
    for (let r = begin; r < end; r++) kids.push(this.#row(r, height, r === tabbable));
    this.element.replaceChildren(...kids);
    if (had !== null) this.element.querySelector(`[data-row="${had}"]`)?.focus({ preventScroll: true });
  }

  #row(r, height, tabbable) {
    const { app } = this;
    const row = app.rows[r];
    const leaf = row.node.leaf !== null;
    const problems = row.parameters.reduce((sum, one) => sum + app.data.problem[one], 0);
    const severity = app.severityOf(row);
    const name = printable(row.node.name, 200) || NAMELESS;
    const many = leaf ? "" : problems ? `${shortCount(problems)}/${shortCount(row.parameters.length)}` : shortCount(row.parameters.length);
    const spoken = leaf
      ? `${app.fullName(row)}${problems ? ", with problems" : ""}`
      : `${name}, ${row.parameters.length} parameters${problems ? `, ${problems} with problems` : ""}`;
    return make(
      "div",
      {
        class: `row${leaf ? " leaf" : ""}${app.cursor?.row === r ? " here" : ""}`,
        role: "treeitem",
        tabindex: tabbable ? "0" : "-1",
        title: app.fullName(row),
        "aria-label": severity ? `${spoken}, ${severity} begins here` : spoken,
        "aria-level": row.depth + 1,
        "aria-expanded": leaf ? null : String(row.open),
        "aria-selected": String(leaf && app.chosen.includes(row.node.leaf)),
        data: { row: r },
        css: { "--top": `${r * height - app.board.scroll}px`, "--depth": Math.min(row.depth, 8) },
        on: { click: (event) => app.pick(r, event.ctrlKey || event.metaKey || event.shiftKey) },
      },
      make("span", { class: leaf ? "twig" : row.open ? "twig open" : "twig closed", "aria-hidden": "true" }),
      make("bdi", { class: "name" }, nameParts(name)),
      make("span", { class: problems ? "many some" : "many", text: many }),
      make("span", { class: severity ? `dot ${severity}` : "dot" }),
    );
  }

  /** Where rows are too thin for names, those of the sections that have room. */
  #sections() {
    const { app } = this;
    const kids = [];
    const places = app.rows.flatMap((row, r) => (row.section ? [{ row, top: r * app.board.rowHeight }] : []));
    let free = -1;
    places.forEach(({ row, top }, number) => {
      if (top < free || top > app.board.cellsHeight - 14) return;
      // A module goes before a parameter that is a section by itself.
      const crowded = number + 1 < places.length && places[number + 1].top < top + 15;
      if (crowded && row.section === row.node.name) return;
      free = top + 15;
      kids.push(
        make("div", { class: "section", title: row.section, css: { "--top": `${top}px` } }, make("bdi", { text: printable(row.section, 100) })),
      );
    });
    return kids;
  }

  #focused(event) {
    const r = Number(event.target.dataset?.row);
    if (Number.isInteger(r)) this.active = r;
  }

  #hover(event) {
    const row = event.target.closest("[data-row]");
    if (row) this.app.moveCursor({ row: Number(row.dataset.row), step: null });
  }

  #key(event) {
    const { app } = this;
    const row = app.rows[this.active];
    if (!row || event.altKey) return;
    const group = row.node.leaf === null;
    const acts = {
      ArrowDown: () => this.#go(this.active + 1),
      ArrowUp: () => this.#go(this.active - 1),
      Home: () => this.#go(0),
      End: () => this.#go(app.rows.length - 1),
      PageDown: () => this.#go(this.active + 10),
      PageUp: () => this.#go(this.active - 10),
      ArrowRight: () => (group && !row.open ? app.toggle(row) : this.#go(this.active + 1)),
      ArrowLeft: () => (group && row.open ? app.toggle(row) : this.#go(this.#parent())),
      Enter: () => app.pick(this.active, event.ctrlKey),
      " ": () => app.pick(this.active, true),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }

  #parent() {
    const { rows } = this.app;
    for (let r = this.active - 1; r >= 0; r--) if (rows[r].depth < rows[this.active].depth) return r;
    return this.active;
  }

  #go(r) {
    const { app } = this;
    const row = Math.max(0, Math.min(app.rows.length - 1, r));
    app.board.reveal(row);
    this.draw(); // keeps the focus where it was, so the row is made active after that
    this.active = row;
    this.element.querySelector(`[data-row="${row}"]`)?.focus({ preventScroll: true });
    app.moveCursor({ row, step: app.cursor?.step ?? null });
  }
}
