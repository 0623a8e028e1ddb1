// The page: it holds what is shown, asks for what is missing, and tells the parts to draw.
import { RATIO_RANGE, RatioCodes, differenceGrid, matchCounts, matched } from "./compare.js";
import { Curves } from "./curves.js";
import { calm, make, printable, soon } from "./dom.js";
import { Findings, orderedFindings } from "./findings.js";
import { addressWith, currentHash, onDataReloaded, onHashChange, watchTheme, writeHash } from "./host.js";
import { Labels } from "./labels.js";
import { Legend } from "./legend.js";
import { counted, stepsText, wholeText } from "./numbers.js";
import { applyPalette } from "./palette.js";
import { Pane } from "./pane.js";
import { summarise } from "./pool.js";
import { clampWindow, panWindow, zoomWindow } from "./scale.js";
import { openSide, runTitle, withEdges } from "./side.js";
import { differenceStatuses } from "./statuses.js";
import { Table } from "./table.js";
import { Tip, cellTexts } from "./tip.js";
import { Toolbar } from "./toolbar.js";
import { allPaths, buildTree, flatRows, matching, openToFit, pathsTo, treeRows } from "./tree.js";
import { findingNamed, findingWindow, freshView, linkOf, linkValues, runNamed, viewFromLink } from "./view.js";

const ROW = 18; // CSS pixels
const MOST_CHOSEN = 6;
const MOST_OPENED = 400;
const SEVERITY_NAMES = ["", "info", "warning", "error"];

/** `root`: where the page goes; `source`: see source.js; `header`: elements above the page. */
export class App {
  constructor(root, source, header = []) {
    this.root = root;
    this.source = source;
    this.view = freshView();
    this.runs = [];
    this.sides = [];
    this.panes = [];
    this.rows = [];
    this.parameters = [];
    this.chosen = [];
    this.problem = new Uint8Array(0);
    this.severity = new Uint8Array(0);
    this.open = new Set();
    this.finding = null;
    this.findingSide = 0;
    this.only = null;
    this.cursor = null;
    this.bounds = null;
    this.asked = 0;
    this.marks = { begun: performance.now() };
    this.#build(header);
  }

  /** Shows what the address asks for, or the run with the worst findings. */
  async start() {
    watchTheme((dark) => {
      this.look = { palette: applyPalette(document.documentElement, dark), font: getComputedStyle(document.body).fontFamily };
      if (this.bounds) this.refreshPanes();
    });
    onHashChange(() => this.followLink());
    onDataReloaded(() => this.reload());
    new ResizeObserver(() => this.draw()).observe(this.map);
    await this.#guard(async () => {
      this.runs = (await this.source.runs()).runs;
      await this.followLink();
    });
    this.marks.ready = performance.now() - this.marks.begun;
    document.body.dataset.ready = "1";
  }

  #build(header) {
    this.draw = soon(() => this.#draw());
    this.drawOver = soon(() => this.#drawOver());
    this.tableSoon = calm(() => this.table.update(), 120);
    this.curvesSoon = calm(() => this.#guard(() => this.curves.load()), 60);
    this.linkSoon = calm(() => writeHash(linkOf(this.view)), 400);
    this.toolbar = new Toolbar(this);
    this.legend = new Legend(this);
    this.labels = new Labels(this);
    this.curves = new Curves(this);
    this.findings = new Findings(this);
    this.table = new Table(this);
    this.tip = new Tip(this);
    this.notice = make("div", { class: "notice", role: "status" });
    this.live = make("div", { class: "unseen-text", role: "status", "aria-live": "polite", id: "ga-live" });
    this.corner = make("div", { class: "corner", text: "parameters with problems", "aria-hidden": "true" });
    this.viewport = make("div", { class: "viewport" }, this.corner, this.labels.element);
    this.spacer = make("div", { class: "spacer" });
    this.map = make("div", { class: "map", on: { scroll: () => this.draw() } }, this.viewport, this.spacer);
    this.none = make("p", { class: "nothing", hidden: true });
    this.keys = make("p", { class: "unseen-text", id: "ga-keys", text: "Arrow keys move over the cells and tell what they hold. Plus and minus zoom, shift with left and right moves the window, Enter draws the norms of a row, Escape shows all steps. The same data is in the table below." });
    this.main = make("main", { class: "stage", "aria-label": "Heat map" }, this.none, this.map, this.keys);
    this.empty = make("div", { class: "empty", hidden: true });
    this.page = make("div", { class: "page" }, this.toolbar.element, this.legend.element, this.legend.definitions, this.main, this.curves.element, this.table.element, this.findings.element);
    this.root.append(make("div", { class: "app" }, header, this.notice, this.empty, this.page), this.tip.element, this.live);
  }

  /** Runs what may fail; a failure is told, and what was shown stays. */
  async #guard(act) {
    try {
      await act();
    } catch (error) {
      if (error.name !== "AbortError") this.#tell([`The data could not be read: ${error.message}`]);
    }
  }

  #tell(messages) {
    this.notice.replaceChildren(...[...new Set(messages)].map((text) => make("p", { text: printable(text, 500) })));
  }

  /** Shows the view that the address names. */
  async followLink() {
    const asked = viewFromLink(linkValues(currentHash()));
    await this.#guard(async () => {
      this.view = asked;
      await this.#openSides(false);
    });
  }

  /** Looks at another run or rank, or compares with another. */
  openRun(change) {
    Object.assign(this.view, { run: this.sides[0]?.entry.run ?? null, rank: this.sides[0]?.entry.rank ?? null, finding: null, step: null }, change);
    return this.#guard(() => this.#openSides(true));
  }

  /** Reads again what has changed; called when TensorBoard has. */
  reload() {
    return this.#guard(async () => {
      const { runs } = await this.source.runs();
      const changed = !this.sides.length || this.sides.some((side) => {
        const now = runs.find((one) => one.key === side.entry.key);
        return JSON.stringify(now) !== JSON.stringify(side.entry);
      });
      this.runs = runs;
      if (changed) await this.#openSides(true);
      else this.toolbar.update();
    });
  }

  async #openSides(keep) {
    const ask = ++this.asked;
    const { view } = this;
    const entry = runNamed(this.runs, view.run, view.rank);
    this.#emptyState(entry);
    if (!entry) return;
    const other = view.other ? this.runs.find((one) => one.key !== entry.key && (one.key === view.other || one.run === view.other)) : null;
    const entries = other ? [entry, other] : [entry];
    const sides = await Promise.all(entries.map((one) => openSide(this.source, one, this.columns)));
    if (ask !== this.asked) return;
    const names = this.chosen.map((index) => this.parameters[index]?.name);
    this.sides = sides;
    const union = matched(sides.map((side) => side.schema));
    this.parameters = union.parameters;
    sides.forEach((side, number) => (side.rowOf = union.rows[number]));
    this.tree = buildTree(this.parameters);
    const bounds = sides.map((side) => side.bounds).filter(Boolean);
    this.bounds = bounds.length ? [Math.min(...bounds.map((one) => one[0])), Math.max(...bounds.map((one) => one[1]))] : null;
    if (view.window && this.bounds) view.window = clampWindow(view.window, this.bounds);
    const ends = sides.flatMap((side) => (side.range ? [side.range] : []));
    this.range = ends.length ? [Math.min(...ends.map((one) => one[0])), Math.max(...ends.map((one) => one[1]))] : null;
    this.#markProblems();
    if (!keep) this.open = openToFit(this.tree, Math.max(12, Math.floor((this.cellsHeight || 500) / ROW)));
    else if (!this.open.size) this.open = openToFit(this.tree, 24);
    const wanted = new Set(view.chosen.length ? view.chosen : keep ? names : []);
    this.chosen = [...this.parameters.keys()].filter((index) => wanted.has(this.parameters[index].name)).slice(0, MOST_CHOSEN);
    const linked = view.finding ? findingNamed(orderedFindings(sides[0].findings), view.finding) : null;
    if (!this.chosen.length && this.parameters.length) this.chosen = [this.#firstOfInterest(linked)];
    this.#showMatch(union);
    this.#layPanes();
    this.#openKept();
    this.refreshRows();
    if (linked && !view.window) this.showFinding(linked, 0, view.step);
    else if (linked) this.finding = linked;
    if (view.step !== null && !view.window && !linked && this.bounds) view.window = clampWindow([view.step - 20, view.step + 20], this.bounds);
    if (view.chosen.length) this.#revealChosen();
    await this.#loadDetail();
    this.findings.update();
    if (sides.every((side) => !side.overview.columns)) this.curves.update();
  }

  #firstOfInterest(linked) {
    const side = this.sides[0];
    const finding = linked ?? orderedFindings(side.findings).find((one) => one.indices?.length);
    const row = finding?.indices?.[0];
    const index = row === undefined ? this.problem.indexOf(1) : side.rowOf.indexOf(row);
    return Math.max(0, index);
  }

  #showMatch(union) {
    const messages = this.sides.flatMap((side) => side.messages);
    if (this.sides.length > 1) {
      const { both, onlyA, onlyB } = matchCounts(union);
      if (!both) messages.push("The two runs have no parameter of the same name, so there is nothing to compare side by side.");
      else if (onlyA || onlyB) messages.push(`${counted(both, "parameter")} in both runs; ${wholeText(onlyA)} in A only, ${wholeText(onlyB)} in B only.`);
    }
    this.#tell(messages);
  }

  #emptyState(entry) {
    this.empty.hidden = Boolean(entry);
    this.page.hidden = !entry;
    if (entry) return;
    this.empty.replaceChildren(
      make("h2", { text: "No gradient audit in this log directory yet" }),
      make("p", { text: "Once a training run writes its log here, this page shows it, and keeps up with it." }),
      make("pre", { tabindex: "0" }, make("code", { text: 'import gradaudit\n\nwith gradaudit.watch(model, optimizer, log_dir="runs/first"):\n    train()' })),
      make("p", { text: "Or, with a script as it is: gradaudit run --log-dir runs/first train.py" }),
    );
  }

  /** Which parameters have had a problem, and the worst finding that names each. */
  #markProblems() {
    this.problem = new Uint8Array(this.parameters.length);
    this.severity = new Uint8Array(this.parameters.length);
    for (const side of this.sides) {
      const back = new Map();
      side.rowOf.forEach((row, index) => {
        if (row < 0) return;
        back.set(row, index);
        if (side.summary.problem[row]) this.problem[index] = 1;
      });
      for (const finding of side.findings) {
        const rank = Math.max(1, SEVERITY_NAMES.indexOf(finding.severity));
        for (const row of finding.indices ?? []) {
          const index = back.get(row);
          if (index === undefined) continue;
          this.problem[index] = 1;
          this.severity[index] = Math.max(this.severity[index], rank);
        }
      }
    }
  }

  // ------------------------------------------------------------------ panes

  get isDifference() {
    return this.sides.length > 1 && this.view.compare === "difference";
  }

  get columns() {
    const width = (this.map.clientWidth || 1200) * Math.min(2, globalThis.devicePixelRatio || 1);
    return Math.max(400, Math.min(2000, Math.round(width)));
  }

  #layPanes() {
    const letters = this.isDifference ? [""] : this.sides.map((_, number) => "AB"[number]);
    if (letters.join() !== this.panes.map((pane) => pane.letter).join()) {
      this.panes = letters.map((letter) => new Pane(this, letter));
      this.viewport.replaceChildren(this.corner, ...this.panes.map((pane) => pane.head), this.labels.element, ...this.panes.map((pane) => pane.cells));
      this.viewport.style.setProperty("--panes", String(letters.length));
    }
    this.refreshPanes();
  }

  /** Hands each pane its data; `keep` and the colours may have changed as well. */
  refreshPanes() {
    const { sides, look } = this;
    const keep = this.kept ?? null;
    const name = (side, letter) => `${letter}: ${printable(this.titleOf(side.entry), 60)}`;
    if (this.isDifference && this.bounds) {
      const grids = (which) => differenceGrid(sides.map((side) => ({ grid: side[which], rowOf: side.rowOf, statuses: side.statuses, norms: side.norms })), which === "overview" ? this.bounds : this.window, this.columns);
      if (this.differenceOf?.[0] !== sides[0].detail || this.differenceOf?.[1] !== sides[1].detail) {
        this.differenceOf = sides.map((side) => side.detail);
        const overview = withEdges(grids("overview"));
        const detail = this.view.window ? withEdges(grids("detail")) : overview;
        const statuses = differenceStatuses();
        this.difference = { overview, grid: detail, statuses, summary: summarise(overview, statuses), norms: new RatioCodes(), rowOf: Int32Array.from(this.parameters.keys()) };
      }
      const [pane] = this.panes;
      pane.isDifference = true;
      pane.show({ ...this.difference, range: RATIO_RANGE, keep, colours: look.palette.difference, hexes: look.palette.diverging, marks: () => [], name: `${name(sides[0], "A")}, ${name(sides[1], "B")}` });
    } else {
      this.panes.forEach((pane, number) => {
        const side = sides[number];
        pane.show({
          grid: side.detail, overview: side.overview, summary: side.summary, statuses: side.statuses, norms: side.norms,
          range: this.range, rowOf: side.rowOf, keep, colours: look.palette.status, hexes: look.palette.ramp,
          marks: () => side.findings.map((one) => ({ step: one.first_step, severity: one.severity, active: one === this.finding })),
          name: sides.length > 1 ? name(side, pane.letter) : "",
        });
      });
    }
    const kind = this.isDifference ? "Differences between two runs" : `Gradient ${this.view.colour}`;
    for (const pane of this.panes) {
      const run = this.sides.length > 1 && !this.isDifference ? ` of run ${pane.letter}` : "";
      const steps = this.window ? `, ${stepsText(...this.window)}` : "";
      pane.cells.setAttribute("aria-label", `${kind}${run}, ${counted(this.parameters.length, "parameter")}${steps}`);
    }
    this.corner.textContent = this.isDifference ? "parameters that differ" : "parameters with problems";
    this.legend.update();
    this.toolbar.update();
    this.tableSoon();
    this.curves.update();
    this.draw();
  }

  /** The steps that are shown. */
  get window() {
    return this.view.window ?? this.bounds;
  }

  async #loadDetail() {
    const { view } = this;
    const ask = (this.detailAsked = (this.detailAsked ?? 0) + 1);
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const window = view.window;
    const grids = await Promise.all(this.sides.map(async (side) => {
      if (!window || !side.overview.columns) return side.overview;
      const [from, to] = window;
      return withEdges(await this.source.grid(side.entry.key, { from, to, cols: this.columns, signal }));
    }));
    if (ask !== this.detailAsked) return;
    this.sides.forEach((side, number) => (side.detail = grids[number]));
    this.refreshPanes();
    this.curvesSoon();
  }

  // ------------------------------------------------------------------ rows

  /** Computes the rows anew: the filter, the tree or the kind of rows has changed. */
  refreshRows() {
    const { view } = this;
    this.rows = view.rows === "parameters" ? flatRows(this.tree, this.kept) : treeRows(this.tree, this.open, this.kept);
    this.none.hidden = this.rows.length > 0 || !this.sides.length;
    this.none.textContent = !this.bounds
      ? "No optimizer step has been recorded yet. This page will show the first ones once they are written."
      : view.filter ? `No parameter matches "${printable(view.filter, 80)}"${view.problems ? " among those with problems" : ""}.`
      : "No parameter had a problem.";
    if (!this.bounds) this.none.hidden = false;
    this.refreshPanes();
  }

  /** The parameters that the filter and "problems only" leave; null for all. */
  get kept() {
    return this.keptNow ?? null;
  }

  #keep() {
    const { view } = this;
    const named = matching(this.parameters, view.filter);
    if (!view.problems) return named;
    const kept = new Set();
    this.problem.forEach((one, index) => {
      if (one && (!named || named.has(index))) kept.add(index);
    });
    return kept;
  }

  #openKept() {
    this.keptNow = this.#keep();
    if (!this.keptNow) return;
    const paths = this.keptNow.size <= MOST_OPENED ? pathsTo(this.tree, this.keptNow) : [];
    for (const path of paths) this.open.add(path);
  }

  get rowHeight() {
    if (this.view.rows !== "parameters") return ROW;
    return Math.min(ROW, this.cellsHeight / Math.max(1, this.rows.length));
  }

  get cellsHeight() {
    return this.labels.element.clientHeight;
  }

  get labelsWidth() {
    return this.labels.element.clientWidth || 200;
  }

  get scroll() {
    return this.map.scrollTop;
  }

  /** Scrolls so far that a row is in sight. */
  reveal(row) {
    const top = row * this.rowHeight;
    this.#fitSpacer();
    if (top < this.scroll) this.map.scrollTop = top;
    else if (top + this.rowHeight > this.scroll + this.cellsHeight) this.map.scrollTop = top + this.rowHeight - this.cellsHeight;
  }

  #fitSpacer() {
    const over = Math.max(0, Math.ceil(this.rows.length * this.rowHeight - this.cellsHeight));
    this.spacer.style.setProperty("height", `${this.view.rows === "parameters" ? 0 : over}px`);
  }

  fullName(row) {
    return row.node.leaf === null ? row.node.path.replace(/\.$/, "") || row.node.name : this.parameters[row.node.leaf].name;
  }

  severityOf(row) {
    return SEVERITY_NAMES[row.parameters.reduce((worst, one) => Math.max(worst, this.severity[one]), 0)];
  }

  titleOf(entry) {
    return runTitle(entry, this.runs);
  }

  // ------------------------------------------------------------------ what people do

  /** Changes how things are shown: colour, rows, problems, filter, table, compare. */
  set(change) {
    const before = this.view.compare;
    Object.assign(this.view, change);
    this.cursor = null;
    if (!this.sides.length) return;
    if (this.view.compare !== before) {
      this.only = null;
      this.#layPanes();
    }
    if ("filter" in change || "problems" in change) {
      this.map.scrollTop = 0;
      this.#openKept();
      this.say(this.kept ? `${counted(this.kept.size, "parameter")} shown` : "all parameters shown");
    }
    this.refreshRows();
    if (change.table) this.page.classList.add("with-table");
    if (change.table === false) this.page.classList.remove("with-table");
    this.linkSoon();
  }

  singleOut(name) {
    this.only = name;
    this.legend.update();
    this.draw();
  }

  toggle(row) {
    if (this.open.has(row.node.path)) this.open.delete(row.node.path);
    else this.open.add(row.node.path);
    this.refreshRows();
  }

  pick(r, add) {
    const row = this.rows[r];
    if (!row) return;
    if (row.node.leaf === null) {
      this.toggle(row);
      return;
    }
    const { leaf } = row.node;
    const rest = this.chosen.filter((one) => one !== leaf);
    if (!add) this.choose([leaf]);
    else this.choose(this.chosen.includes(leaf) ? rest : [...rest, leaf].slice(-MOST_CHOSEN));
  }

  choose(indices) {
    this.chosen = indices;
    this.view.chosen = indices.map((index) => this.parameters[index].name);
    this.curvesSoon();
    this.draw();
    this.linkSoon();
    this.say(indices.length ? `Norms of ${indices.map((index) => printable(this.parameters[index].name, 80)).join(", ")}` : "No norms are drawn");
  }

  /** Shows these steps, all of them for null. `length`: the window keeps it at the ends. */
  zoom(window, length = false) {
    if (!this.bounds) return;
    let next = null;
    if (window && length) next = clampWindow(window, this.bounds);
    else if (window) {
      const from = Math.max(this.bounds[0], Math.round(window[0]));
      const to = Math.min(this.bounds[1], Math.round(window[1]));
      next = to > from ? [from, to] : clampWindow([from, from + 1], this.bounds);
    }
    if (next && next[0] <= this.bounds[0] && next[1] >= this.bounds[1]) next = null;
    this.view.window = next;
    if (!next) this.view.step = null;
    this.toolbar.update();
    this.draw();
    this.#guard(() => this.#loadDetail());
    this.linkSoon();
    this.say(`${stepsText(...this.window)} shown`);
  }

  zoomBy(factor) {
    if (!this.bounds) return;
    this.zoom(zoomWindow(this.window, this.bounds, factor, this.view.step ?? Math.round((this.window[0] + this.window[1]) / 2)));
  }

  pan(steps) {
    if (this.view.window) this.zoom(panWindow(this.view.window, this.bounds, Math.round(steps) || Math.sign(steps)), true);
  }

  escape() {
    if (this.only !== null) this.singleOut(null);
    this.finding = null;
    this.view.finding = null;
    this.findings.update();
    this.zoom(null);
  }

  /** Zooms to a finding, and opens the modules around its parameters. */
  showFinding(finding, number, step = null) {
    if (!this.bounds) return;
    const side = this.sides[number];
    this.finding = finding;
    this.findingSide = number;
    const rows = new Set(finding.indices ?? []);
    const indices = [...this.parameters.keys()].filter((index) => rows.has(side.rowOf[index]));
    const { view } = this;
    Object.assign(view, { finding: finding.id ?? finding.code, step: step ?? finding.first_step, filter: "", problems: view.problems && indices.length > 0 });
    this.#openKept();
    for (const path of pathsTo(this.tree, indices.slice(0, MOST_OPENED))) this.open.add(path);
    if (indices.length) this.chosen = indices.slice(0, 1);
    view.chosen = [];
    this.refreshRows();
    const r = this.rows.findIndex((row) => row.node.leaf === indices[0]);
    if (r >= 0) {
      this.#fitSpacer();
      this.map.scrollTop = Math.max(0, r * this.rowHeight - this.cellsHeight / 3);
    }
    this.findings.update();
    this.zoom(findingWindow(finding, this.bounds));
    view.step = step ?? finding.first_step;
    this.say(`${finding.name}: ${stepsText(...this.window)}, ${counted(indices.length, "parameter")}`);
    if (getComputedStyle(this.page).getPropertyValue("--stacked").trim() === "1") this.main.scrollIntoView({ block: "start" });
  }

  #revealChosen() {
    for (const path of pathsTo(this.tree, this.chosen)) this.open.add(path);
    this.refreshRows();
    const r = this.rows.findIndex((row) => row.node.leaf === this.chosen[0]);
    if (r >= 0) this.reveal(r);
  }

  expandAll(open) {
    this.open = new Set(open ? allPaths(this.tree) : []);
    this.refreshRows();
  }

  goToFindings() {
    this.findings.element.scrollIntoView({ block: "start" });
    this.findings.element.focus({ preventScroll: true });
  }

  async copyLink() {
    const address = addressWith(linkOf({ ...this.view, run: this.sides[0]?.entry.run ?? null, rank: this.sides[0]?.entry.rank || null }));
    try {
      await navigator.clipboard.writeText(address);
      this.toolbar.link.textContent = "Copied";
      setTimeout(() => (this.toolbar.link.textContent = "Copy link"), 1500);
      this.say("The link to this view was copied");
    } catch {
      this.#tell([`The browser does not let this page copy; the link is ${address}`]);
    }
  }

  // ------------------------------------------------------------------ the cursor

  firstCursor() {
    const row = Math.max(0, Math.min(this.rows.length - 1, Math.ceil(this.scroll / this.rowHeight)));
    return { row, step: this.view.step !== null && this.view.step >= this.window[0] && this.view.step <= this.window[1] ? this.view.step : this.window[0] };
  }

  /** Moves the cursor (null: takes it away); by the pointer, it has a place, by keys it is told. */
  moveCursor(cursor, pointer = null, spoken = false) {
    this.cursor = cursor && this.rows[cursor.row] ? cursor : null;
    const row = this.rows[this.cursor?.row];
    if (row && pointer && this.cursor.step !== null) this.tip.show(row, this.cursor.step, pointer);
    else if (row && spoken) this.#tellCell(row);
    else this.tip.hide();
    this.drawOver();
  }

  #tellCell(row) {
    const texts = cellTexts(this.panes, row, this.cursor.step);
    this.say(`${printable(this.fullName(row), 120)}: ${texts.map(({ letter, text }) => (texts.length > 1 ? `${letter} ${text}` : text)).join("; ")}`);
    const cells = (this.panes.find((pane) => pane.cells === document.activeElement) ?? this.panes[0]).cells.getBoundingClientRect();
    const share = (this.cursor.step + 0.5 - this.window[0]) / (this.window[1] - this.window[0] + 1);
    this.tip.show(row, this.cursor.step, { x: cells.left + share * cells.width, y: cells.top + (this.cursor.row + 0.5) * this.rowHeight - this.scroll });
  }

  /** For screen readers. */
  say(text) {
    this.live.textContent = text;
  }

  // ------------------------------------------------------------------ drawing

  #draw() {
    if (!this.sides.length) return;
    const begun = performance.now();
    this.#fitSpacer();
    this.labels.draw();
    for (const pane of this.panes) pane.paint();
    this.curves.draw();
    this.marks.draw = performance.now() - begun;
  }

  #drawOver() {
    for (const pane of this.panes) pane.paintOver();
    for (const row of this.labels.element.children) row.classList.toggle("here", Number(row.dataset?.row) === this.cursor?.row);
    this.curves.draw();
  }
}
