// The page: it holds what is shown, asks for what is missing, and tells the parts to draw.
import { Board } from "./board.js";
import { Curves } from "./curves.js";
import { SEVERITY_NAMES, openData } from "./data.js";
import { calm, make, printable, soon } from "./dom.js";
import { Findings, orderedFindings } from "./findings.js";
import { addressWith, currentHash, onDataReloaded, onHashChange, watchTheme, writeHash } from "./host.js";
import { Legend } from "./legend.js";
import { counted, stepsText } from "./numbers.js";
import { applyPalette } from "./palette.js";
import { clampWindow, cutWindow, panWindow, zoomWindow } from "./scale.js";
import { runTitle } from "./side.js";
import { Table } from "./table.js";
import { Tip } from "./tip.js";
import { Toolbar } from "./toolbar.js";
import { flatRows, openToFit, pathsTo, treeRows } from "./tree.js";
import { welcome } from "./welcome.js";
import { findingNamed, findingWindow, linkOf, linkValues, otherNamed, runNamed, viewFromLink } from "./view.js";

const MOST_CHOSEN = 6;
const MOST_OPENED = 400; // parameters whose modules are opened by themselves

/** `root`: where the page goes; `source`: see source.js; `header`: elements above the page. */
export class App {
  constructor(root, source, header = []) {
    this.root = root;
    this.source = source;
    this.view = viewFromLink(linkValues(currentHash()));
    this.runs = [];
    this.data = null;
    this.rows = [];
    this.chosen = []; // parameters whose norms are drawn
    this.kept = null; // parameters that the filter and "problems only" leave, null for all
    this.open = new Set(); // paths of the modules that are open
    this.finding = null;
    this.findingSide = 0;
    this.only = null; // the status that is singled out
    this.cursor = null; // {row, step}
    this.asked = 0;
    this.askedDetail = 0;
    this.marks = { begun: performance.now() }; // for tests and for curious people
    this.#build(header);
  }

  /** Shows what the address asks for, or the run with the worst findings. */
  async start() {
    watchTheme((dark) => {
      this.look = { palette: applyPalette(document.documentElement, dark), font: getComputedStyle(document.body).fontFamily };
      if (this.data) this.refresh();
    });
    onHashChange(() => this.followLink());
    onDataReloaded(() => this.reload());
    new ResizeObserver(() => this.draw()).observe(this.board.map);
    await this.reload();
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
    this.board = new Board(this);
    this.curves = new Curves(this);
    this.findings = new Findings(this);
    this.table = new Table(this);
    this.tip = new Tip(this);
    this.notice = make("div", { class: "notice", role: "status" });
    this.live = make("div", { class: "unseen-text", role: "status", "aria-live": "polite", id: "ga-live" });
    this.empty = make("div", { class: "empty", hidden: true });
    this.page = make("div", { class: "page" }, this.toolbar.element, this.legend.element, this.legend.definitions, this.board.element, this.curves.element, this.table.element, this.findings.element);
    this.root.append(make("div", { class: "app" }, header, this.notice, this.empty, this.page), this.tip.element, this.live);
  }

  /** Runs what may fail; a failure is told, and what was shown stays. */
  async #guard(act) {
    try {
      await act();
    } catch (error) {
      if (error.name !== "AbortError") this.#tell([`The data could not be shown: ${error.message}`]);
    }
  }

  #tell(messages) {
    this.notice.replaceChildren(...[...new Set(messages)].map((text) => make("p", { text: printable(text, 500) })));
  }

  // ------------------------------------------------------------------ data

  /** Shows the view that the address names. */
  followLink() {
    this.view = viewFromLink(linkValues(currentHash()));
    return this.#guard(() => this.#openRuns(false));
  }

  /** Looks at another run or rank, or compares with another. */
  openRun(change) {
    const entry = this.data?.sides[0].entry;
    Object.assign(this.view, { run: entry?.run ?? null, rank: entry?.rank ?? null, finding: null, step: null }, change);
    this.linkSoon();
    return this.#guard(() => this.#openRuns(true));
  }

  /** Reads again what has changed; called when TensorBoard has. */
  reload() {
    return this.#guard(async () => {
      const { runs } = await this.source.runs();
      const now = (side) => runs.find((one) => one.key === side.entry.key);
      const changed = !this.data || this.data.sides.some((side) => JSON.stringify(now(side)) !== JSON.stringify(side.entry));
      this.runs = runs;
      const at = this.data?.sides[0].entry; // another run that turns worse is no reason to leave
      if (at && this.view.run === null) Object.assign(this.view, { run: at.run, rank: at.rank });
      else if (at && this.view.run === at.run) this.view.rank ??= at.rank;
      if (changed) await this.#openRuns(this.data !== null);
      else this.toolbar.update();
    });
  }

  /** Reads the runs of the view. `keep`: people are at work, so as little as possible moves. */
  async #openRuns(keep) {
    const [ask, view] = [++this.asked, this.view];
    // A link to a finding that names no rank means the first: the text dashboard is of that one.
    const entry = runNamed(this.runs, view.run, view.rank ?? (view.finding ? 0 : null));
    this.#showEmpty(!entry);
    if (!entry) return;
    const other = otherNamed(this.runs, entry, view.other);
    const data = await openData(this.source, other ? [entry, other] : [entry], this.board.columns);
    if (ask !== this.asked) return; // something else has been asked for since
    const before = keep ? this.chosen.map((index) => this.data?.parameters[index]?.name) : [];
    this.data = data;
    if (view.window && data.bounds) view.window = clampWindow(view.window, data.bounds);
    this.#tell(data.messages);
    this.table.show();
    this.board.lay();
    if (!keep || !this.open.size) this.open = openToFit(data.tree, this.board.room, data.problem);
    const linked = view.finding ? findingNamed(orderedFindings(data.sides[0].findings), view.finding) : null;
    this.finding = linked;
    this.findingSide = 0;
    this.chosen = data.named(view.chosen.length ? view.chosen : before).slice(0, MOST_CHOSEN);
    if (!this.chosen.length && !view.chosen.length && data.parameters.length) this.chosen = [data.mostTelling(linked)];
    this.#keep();
    this.refreshRows();
    if (!keep && data.bounds) this.#goWhereAsked(linked);
    this.findings.update();
    await this.#loadDetail();
    if (keep || (!linked && !view.chosen.length)) return;
    this.table.update(); // its height is room that the rows do not have
    this.board.centre(this.rowOf(this.chosen[0]));
  }

  /** What a link names is brought into sight: a finding, a step, parameters. */
  #goWhereAsked(linked) {
    const { view, data } = this;
    const asked = { window: view.window, step: view.step, chosen: view.chosen, indices: this.chosen };
    if (linked) {
      this.showFinding(linked, 0);
      view.step = asked.step ?? linked.first_step;
      if (asked.window) view.window = asked.window;
    } else if (asked.step !== null && !asked.window) {
      view.window = clampWindow([asked.step - 20, asked.step + 20], data.bounds);
    }
    if (!asked.chosen.length) return;
    this.chosen = asked.indices;
    view.chosen = asked.chosen;
    for (const path of pathsTo(data.tree, this.chosen)) this.open.add(path);
    this.refreshRows();
  }

  /** The row of a parameter; -1 where it is in none. */
  rowOf(index) {
    return this.rows.findIndex((row) => row.node.leaf === index);
  }

  async #loadDetail() {
    const { data, source } = this;
    const ask = ++this.askedDetail;
    this.abort?.abort();
    this.abort = new AbortController();
    const { signal } = this.abort;
    const window = this.view.window;
    const grids = window
      ? await Promise.all(data.sides.map((side) => (side.bounds ? source.grid(side.entry.key, { from: window[0], to: window[1], cols: this.board.columns, signal }) : null)))
      : null;
    if (ask !== this.askedDetail || data !== this.data) return;
    data.show(grids);
    this.refresh();
    this.curvesSoon();
  }

  #showEmpty(isEmpty) {
    this.empty.hidden = !isEmpty;
    this.page.hidden = isEmpty;
    if (isEmpty) this.empty.replaceChildren(...welcome());
  }

  // ------------------------------------------------------------------ what is shown

  get isDifference() {
    return this.data !== null && this.data.sides.length > 1 && this.view.compare === "difference";
  }

  /** The steps that are shown; null where there are none. */
  get window() {
    return this.data?.bounds ? (this.view.window ?? this.data.bounds) : null;
  }

  /** The filter, the tree or the kind of rows has changed. */
  refreshRows() {
    const { tree } = this.data;
    this.rows = this.view.rows === "parameters" ? flatRows(tree, this.kept) : treeRows(tree, this.open, this.kept);
    this.refresh();
  }

  /** Something other than the rows has. */
  refresh() {
    this.board.refresh();
    this.legend.update();
    this.toolbar.update();
    this.tableSoon();
    this.curves.update();
    this.draw();
  }

  #keep() {
    const { view, data } = this;
    this.kept = data.kept(view.filter, view.problems);
    if (!this.kept || this.kept.size > MOST_OPENED) return;
    for (const path of pathsTo(data.tree, this.kept)) this.open.add(path);
  }

  fullName(row) {
    return row.node.leaf === null ? row.node.path.replace(/\.$/, "") || row.node.name : this.data.parameters[row.node.leaf].name;
  }

  severityOf(row) {
    return SEVERITY_NAMES[row.parameters.reduce((worst, one) => Math.max(worst, this.data.severity[one]), 0)];
  }

  titleOf(entry) {
    return runTitle(entry, this.runs);
  }

  // ------------------------------------------------------------------ what people do

  /** Changes how things are shown: colour, rows, problems, filter, table, compare. */
  set(change) {
    Object.assign(this.view, change);
    this.cursor = null;
    if (!this.data) return;
    this.table.show();
    if ("compare" in change) {
      this.only = null;
      this.board.lay();
    }
    if ("filter" in change || "problems" in change) {
      this.board.scroll = 0;
      this.#keep();
      this.say(this.kept ? `${counted(this.kept.size, "parameter")} shown` : "all parameters shown");
    }
    this.refreshRows();
    this.linkSoon();
  }

  toggle(row) {
    if (!this.open.delete(row.node.path)) this.open.add(row.node.path);
    this.refreshRows();
  }

  /** A row was clicked: a module opens or closes, of a parameter the norms are drawn. */
  pick(r, add) {
    const row = this.rows[r];
    if (!row) return;
    const { leaf } = row.node;
    if (leaf === null) this.toggle(row);
    else if (!add) this.choose([leaf]);
    else if (this.chosen.includes(leaf)) this.choose(this.chosen.filter((one) => one !== leaf));
    else this.choose([...this.chosen, leaf].slice(-MOST_CHOSEN));
  }

  choose(indices) {
    this.chosen = indices;
    this.view.chosen = indices.map((index) => this.data.parameters[index].name);
    this.curvesSoon();
    this.draw();
    this.linkSoon();
    this.say(indices.length ? `Norms of ${this.view.chosen.map((name) => printable(name, 80)).join(", ")}` : "No norms are drawn");
  }

  /** Shows these steps, all of them for null. `move`: the window keeps its length at the ends. */
  zoom(window, move = false) {
    const { bounds } = this.data;
    if (!bounds) return;
    let next = window && (move ? clampWindow(window, bounds) : cutWindow(window, bounds));
    if (next && next[0] <= bounds[0] && next[1] >= bounds[1]) next = null;
    this.view.window = next;
    if (!next) this.view.step = null;
    this.toolbar.update();
    this.draw();
    this.#guard(() => this.#loadDetail());
    this.linkSoon();
    this.say(`${stepsText(...this.window)} shown`);
  }

  zoomBy(factor) {
    const { window } = this;
    if (window) this.zoom(zoomWindow(window, this.data.bounds, factor, this.view.step ?? Math.round((window[0] + window[1]) / 2)));
  }

  pan(steps) {
    if (this.view.window) this.zoom(panWindow(this.view.window, this.data.bounds, Math.round(steps) || Math.sign(steps)), true);
  }

  escape() {
    this.only = null;
    this.finding = null;
    this.view.finding = null;
    this.findings.update();
    this.zoom(null);
  }

  /** Zooms to a finding, and opens the modules around its parameters. */
  showFinding(finding, number) {
    const { view, data, board } = this;
    if (!data.bounds) return;
    this.finding = finding;
    this.findingSide = number;
    const indices = data.indicesOf(finding, number);
    Object.assign(view, { finding: finding.id ?? finding.code, filter: "", chosen: [] });
    this.toolbar.filter.value = "";
    this.#keep();
    for (const path of pathsTo(data.tree, indices.slice(0, MOST_OPENED))) this.open.add(path);
    if (indices.length) this.chosen = indices.slice(0, 1);
    this.refreshRows();
    board.centre(this.rowOf(indices[0]));
    this.findings.update();
    this.zoom(findingWindow(finding, data.bounds));
    view.step = finding.first_step;
    this.say(`${finding.name}: ${stepsText(...this.window)}, ${counted(indices.length, "parameter")}`);
    if (getComputedStyle(this.page).getPropertyValue("--stacked").trim() === "1") board.element.scrollIntoView({ block: "start" });
  }

  goToFindings() {
    this.findings.element.scrollIntoView({ block: "start" });
    this.findings.element.focus({ preventScroll: true });
  }

  async copyLink() {
    const { entry } = this.data.sides[0];
    const several = this.runs.filter((one) => one.run === entry.run).length > 1;
    const address = addressWith(linkOf({ ...this.view, run: entry.run, rank: several ? entry.rank : null }));
    try {
      await navigator.clipboard.writeText(address);
      this.toolbar.copied();
      this.say("The link to this view was copied");
    } catch {
      this.#tell([`The browser does not let this page copy; the link is ${address}`]);
    }
  }

  // ------------------------------------------------------------------ the cursor

  /** Moves the cursor (null: takes it away). By the pointer it has a place, by keys it is told. */
  moveCursor(cursor, pointer = null, spoken = false) {
    this.cursor = cursor && this.rows[cursor.row] ? cursor : null;
    const row = this.rows[this.cursor?.row];
    if (row && pointer && this.cursor.step !== null) this.tip.show(row, this.cursor.step, pointer);
    else if (row && spoken) this.say(this.tip.tell(row, this.cursor));
    else this.tip.hide();
    this.drawOver();
  }

  /** For screen readers. */
  say(text) {
    this.live.textContent = text;
  }

  // ------------------------------------------------------------------ drawing

  #draw() {
    if (!this.data) return;
    const begun = performance.now();
    this.board.draw();
    this.curves.draw();
    this.marks.draw = performance.now() - begun;
  }

  #drawOver() {
    if (!this.data) return;
    this.board.drawOver();
    this.curves.draw();
  }
}
