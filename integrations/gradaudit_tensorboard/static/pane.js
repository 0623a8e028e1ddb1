// One heat map with its timeline: the cells of a run, or the difference of two. Painting and
// pointing are here; what is shown is the application's to say.
import { drawTimeline } from "./charts.js";
import { fitted, make } from "./dom.js";
import { normColours, paintCells, statusColours } from "./heatmap.js";
import { Lines } from "./pool.js";
import { columnAt, pixelOf, stepAt, zoomWindow } from "./scale.js";

const PATTERNS = { none: 1, skipped: 2, both: 1 };
const DRAG = 5; // CSS pixels that make a click a drag
const EDGE = 6; // CSS pixels around the edge of the window in the timeline

/** A pane. `letter`: "A", "B", or "" for a difference. */
export class Pane {
  constructor(app, letter) {
    this.app = app;
    this.letter = letter;
    this.name = make("h2", { class: "pane-name" });
    this.timeline = make("canvas", { class: "timeline", "aria-hidden": "true" });
    this.head = make("div", { class: "pane-head" }, this.name, this.timeline);
    this.base = make("canvas", { class: "base", "aria-hidden": "true" });
    this.over = make("canvas", { class: "over", "aria-hidden": "true" });
    this.cells = make(
      "div",
      {
        class: "cells",
        role: "application",
        tabindex: "0",
        "aria-roledescription": "heat map",
        "aria-describedby": "ga-keys",
        "aria-keyshortcuts": "ArrowUp ArrowDown ArrowLeft ArrowRight + - Enter Space Escape",
      },
      this.base,
      this.over,
    );
    this.drag = null;
    this.#listen();
  }

  /** What this pane shows: everything that `Lines` and the painters need. */
  show({ grid, overview, summary, seen, statuses, norms, range, rowOf, keep, colours, hexes, marks, name }) {
    const stale = this.grid !== grid || this.keep !== keep || this.rowOf !== rowOf;
    Object.assign(this, { grid, overview, summary, seen, statuses, norms, range, rowOf, keep, colours, hexes, marks });
    if (stale) this.lines = new Lines(grid, statuses, rowOf, keep);
    this.name.textContent = name;
    this.name.hidden = !name;
  }

  /** Statuses, and how many parameters ever had each. */
  telling() {
    const counts = this.summary.rowsWith.map((many, code) => Math.max(many, this.seen[code]));
    return { statuses: this.statuses, counts };
  }

  paint() {
    const { app } = this;
    const look = app.look;
    const timeline = fitted(this.timeline);
    if (timeline && app.data?.bounds) {
      drawTimeline(timeline, {
        grid: this.overview, summary: this.summary, statuses: this.statuses, bounds: app.data.bounds,
        window: app.view.window, marks: this.marks(), colours: this.colours, look,
      });
    }
    const canvas = fitted(this.base);
    if (canvas && app.data?.bounds) {
      const only = app.only === null ? null : this.statuses.names.indexOf(app.only);
      const urgent = Uint8Array.from({ length: 256 }, (_, code) => this.statuses.bad[code]);
      paintCells({
        canvas, rows: app.rows, lines: this.lines, edges: this.grid.edges, window: app.window,
        rowHeight: app.board.rowHeight, scroll: app.board.scroll, urgent,
        colours: statusColours(look.palette, this.statuses, this.colours, PATTERNS, only),
        norms: app.view.colour === "norm" ? this.#normColours() : null,
      });
    }
    this.paintOver();
  }

  /** As `normColours`; made anew only when what they are made of has changed. */
  #normColours() {
    const key = `${this.hexes} ${this.range}`;
    if (this.ramp?.key !== key || this.ramp.norms !== this.norms) {
      this.ramp = { key, norms: this.norms, table: normColours(this.hexes, this.range, this.norms) };
    }
    return this.ramp.table;
  }

  /** The cursor, the chosen rows, the step of a finding, and what is being dragged. */
  paintOver() {
    const { app } = this;
    const canvas = fitted(this.over);
    if (!canvas || !app.data?.bounds) return;
    const { context, ratio } = canvas;
    const [width, height] = [canvas.width / ratio, canvas.height / ratio];
    const { page, cross, brush } = app.look.palette;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const top = (r) => r * app.board.rowHeight - app.board.scroll;
    context.strokeStyle = page.accent;
    context.lineWidth = 1.5;
    app.rows.forEach((row, r) => {
      if (row.node.leaf === null || !app.chosen.includes(row.node.leaf)) return;
      if (top(r) > height || top(r) + app.board.rowHeight < 0) return;
      context.strokeRect(0.75, top(r) - 0.25, width - 1.5, Math.max(3, app.board.rowHeight - 0.5));
    });
    if (app.view.step !== null) {
      const x = pixelOf(app.view.step, width, app.window);
      const next = pixelOf(app.view.step + 1, width, app.window);
      context.fillStyle = page.accent;
      if (next - x < 5) context.fillRect(x - 1.5, 0, 1.5, height);
      else context.strokeRect(x, -2, next - x, height + 4);
    }
    const { cursor } = app;
    if (cursor && cursor.row >= 0 && cursor.row < app.rows.length) {
      context.strokeStyle = cross;
      context.lineWidth = 1;
      const y = top(cursor.row);
      if (cursor.step === null) context.strokeRect(0.5, y + 0.5, width - 1, Math.max(2, app.board.rowHeight - 2));
      else {
        const c = columnAt(this.grid.edges, cursor.step);
        const from = pixelOf(c < 0 ? cursor.step : this.grid.edges.starts[c], width, app.window);
        const to = pixelOf(c < 0 ? cursor.step + 1 : this.grid.edges.ends[c], width, app.window);
        context.fillStyle = cross;
        context.globalAlpha = 0.22;
        context.fillRect(from, 0, Math.max(1, to - from), height);
        context.fillRect(0, y, width, Math.max(1, app.board.rowHeight - 1));
        context.globalAlpha = 1;
        context.strokeRect(from - 0.5, y - 0.5, Math.max(3, to - from), Math.max(3, app.board.rowHeight));
      }
    }
    if (this.drag && this.drag.moved) {
      context.fillStyle = brush;
      const [from, to] = [Math.min(this.drag.from, this.drag.to), Math.max(this.drag.from, this.drag.to)];
      context.fillRect(from, 0, to - from, height);
    }
  }

  #listen() {
    const { app, cells } = this;
    const at = (event, element) => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width };
    };
    const row = (y) => Math.floor((y + app.board.scroll) / app.board.rowHeight);
    cells.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !app.data?.bounds) return;
      const { x } = at(event, cells);
      this.drag = { from: x, to: x, moved: false };
      if (event.pointerType === "mouse") cells.setPointerCapture(event.pointerId);
    });
    cells.addEventListener("pointermove", (event) => {
      if (!app.data?.bounds) return;
      const { x, y, width } = at(event, cells);
      if (this.drag) {
        this.drag.to = Math.max(0, Math.min(width, x));
        this.drag.moved ||= Math.abs(this.drag.to - this.drag.from) > DRAG;
      }
      app.moveCursor({ row: row(y), step: stepAt(x, width, app.window) }, { x: event.clientX, y: event.clientY });
    });
    cells.addEventListener("pointerup", (event) => {
      const { y, width } = at(event, cells);
      const { drag } = this;
      this.drag = null;
      if (!drag) return;
      if (drag.moved) {
        const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
        app.zoom([stepAt(from, width, app.window), Math.max(stepAt(from, width, app.window) + 1, stepAt(to, width, app.window))]);
      } else app.pick(row(y), event.ctrlKey || event.metaKey || event.shiftKey);
    });
    for (const name of ["pointercancel", "pointerleave"]) {
      cells.addEventListener(name, () => {
        if (name === "pointercancel") this.drag = null;
        if (!this.drag) app.moveCursor(null);
        app.drawOver();
      });
    }
    cells.addEventListener("dblclick", () => app.zoom(null));
    cells.addEventListener("wheel", (event) => this.#wheel(event, at(event, cells)), { passive: false });
    cells.addEventListener("keydown", (event) => this.#key(event));
    cells.addEventListener("blur", () => app.moveCursor(null));
    this.#listenBrush(at);
  }

  #wheel(event, { x, width }) {
    const { app } = this;
    if (!app.data?.bounds) return;
    const sideways = event.shiftKey ? event.deltaY : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      app.zoom(zoomWindow(app.window, app.data.bounds, event.deltaY > 0 ? 1.25 : 0.8, stepAt(x, width, app.window)));
    } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY) && app.view.window) {
      event.preventDefault();
      app.pan((sideways / width) * (app.window[1] - app.window[0] + 1));
    }
  }

  #key(event) {
    const { app } = this;
    if (!app.data?.bounds || event.altKey || event.ctrlKey || event.metaKey) return;
    const { grid } = this;
    const cursor = app.cursor ?? app.board.firstCursor();
    const centre = cursor.step ?? Math.round((app.window[0] + app.window[1]) / 2);
    const steps = app.window[1] - app.window[0] + 1;
    const sideways = (by) => {
      if (event.shiftKey) return app.pan(by * Math.max(1, Math.round(steps / 5)));
      const begin = Math.max(0, columnAt(grid.edges, centre));
      const c = Math.max(0, Math.min(grid.columns - 1, begin + by));
      const step = Math.max(app.window[0], Math.min(app.window[1], grid.first[c] ?? centre));
      if (grid.first[c] < app.window[0]) app.pan(grid.first[c] - app.window[0]);
      if (grid.first[c] > app.window[1]) app.pan(grid.first[c] - app.window[1]);
      return app.moveCursor({ row: cursor.row, step }, null, true);
    };
    const down = (by) => {
      const row = Math.max(0, Math.min(app.rows.length - 1, cursor.row + by));
      app.board.reveal(row);
      return app.moveCursor({ row, step: centre }, null, true);
    };
    const edge = (step) => app.moveCursor({ row: cursor.row, step }, null, true);
    const acts = {
      ArrowLeft: () => sideways(-1),
      ArrowRight: () => sideways(1),
      ArrowUp: () => down(-1),
      ArrowDown: () => down(1),
      PageUp: () => down(-10),
      PageDown: () => down(10),
      Home: () => edge(app.window[0]),
      End: () => edge(app.window[1]),
      "+": () => app.zoom(zoomWindow(app.window, app.data.bounds, 0.5, centre)),
      "=": () => app.zoom(zoomWindow(app.window, app.data.bounds, 0.5, centre)),
      "-": () => app.zoom(zoomWindow(app.window, app.data.bounds, 2, centre)),
      Enter: () => app.pick(cursor.row, false),
      " ": () => app.pick(cursor.row, true),
      Escape: () => app.escape(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  /** The bar above: drag to choose steps, drag the window to move it, its edges to stretch it. */
  #listenBrush(at) {
    const { app, timeline } = this;
    let grip = null;
    const part = ({ x, width }) => {
      if (!app.view.window) return "new";
      const left = pixelOf(app.view.window[0], width, app.data.bounds);
      const right = pixelOf(app.view.window[1] + 1, width, app.data.bounds);
      if (Math.abs(x - left) <= EDGE) return "left";
      if (Math.abs(x - right) <= EDGE) return "right";
      return x > left && x < right ? "move" : "new";
    };
    timeline.addEventListener("pointerdown", (event) => {
      if (!app.data?.bounds || event.button !== 0) return;
      const spot = at(event, timeline);
      grip = { part: part(spot), start: stepAt(spot.x, spot.width, app.data.bounds), window: app.window, x: spot.x };
      timeline.setPointerCapture(event.pointerId);
    });
    timeline.addEventListener("pointermove", (event) => {
      if (!app.data?.bounds) return;
      const spot = at(event, timeline);
      if (!grip) {
        timeline.dataset.part = part(spot);
        return;
      }
      if (Math.abs(spot.x - grip.x) < 3) return;
      const step = stepAt(spot.x, spot.width, app.data.bounds);
      const [from, to] = grip.window;
      if (grip.part === "move") app.zoom([from + step - grip.start, to + step - grip.start], true);
      else if (grip.part === "left") app.zoom([Math.min(step, to - 1), to]);
      else if (grip.part === "right") app.zoom([from, Math.max(step, from + 1)]);
      else app.zoom([Math.min(step, grip.start), Math.max(step, grip.start + 1)]);
    });
    for (const name of ["pointerup", "pointercancel"]) timeline.addEventListener(name, () => (grip = null));
    timeline.addEventListener("dblclick", () => app.zoom(null));
  }
}
