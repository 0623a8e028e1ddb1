// The bar of controls above everything.
import { make, printable } from "./dom.js";
import { counted, wholeText } from "./numbers.js";

/** A row of buttons of which one is pressed. */
function segments(label, names, pressed, choose) {
  const group = make("div", { class: "segments", role: "group", "aria-label": label });
  const show = (value) => {
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.dataset.value === value));
  };
  for (const [value, text] of names) {
    group.append(make("button", { type: "button", text, data: { value }, on: { click: () => choose(value) } }));
  }
  show(pressed);
  return { group, show };
}

/** A control with its label before it. */
function labelled(text, control) {
  return make("span", { class: "field" }, make("label", { for: control.id, text }), control);
}

/** The controls; they tell the application, and `update` shows what it then holds. */
export class Toolbar {
  constructor(app) {
    this.app = app;
    const change = (act) => ({ change: (event) => act(event.target.value) });
    this.run = make("select", { id: "ga-run", on: change((run) => app.openRun({ run, rank: null })) });
    this.rank = make("select", { id: "ga-rank", on: change((rank) => app.openRun({ rank: Number(rank) })) });
    this.rankField = labelled("Rank", this.rank);
    this.other = make("select", { id: "ga-other", on: change((key) => app.openRun({ other: key || null })) });
    this.otherField = labelled("Compare with", this.other);
    this.compare = segments("Comparison", [["side", "Side by side"], ["difference", "Difference"]], "side", (value) => app.set({ compare: value }));
    this.colour = segments("Colour by", [["status", "Status"], ["norm", "Norm"]], "status", (value) => app.set({ colour: value }));
    this.rows = segments("Rows", [["modules", "Modules"], ["parameters", "All parameters"]], "modules", (value) => app.set({ rows: value }));
    this.problems = make("button", { type: "button", class: "toggle", text: "Problems only", on: { click: () => app.set({ problems: !app.view.problems }) } });
    this.filter = make("input", {
      type: "search", placeholder: "Filter by name", "aria-label": "Filter parameters by name or module class", maxlength: "200", spellcheck: "false", autocomplete: "off",
      on: { input: (event) => app.set({ filter: event.target.value }) },
    });
    this.from = this.#step("First step shown");
    this.to = this.#step("Last step shown");
    this.all = make("button", { type: "button", class: "link", text: "All steps", on: { click: () => app.zoom(null) } });
    this.steps = make("div", { class: "steps", role: "group", "aria-label": "Steps shown" },
      make("span", { text: "Steps" }), this.from, make("span", { text: "to" }), this.to,
      this.#button("−", "Zoom out", () => app.zoomBy(2)), this.#button("+", "Zoom in", () => app.zoomBy(0.5)), this.all);
    this.table = make("button", { type: "button", class: "toggle", text: "Table", "aria-controls": "ga-table", on: { click: () => app.set({ table: !app.view.table }) } });
    this.link = make("button", { type: "button", class: "toggle", text: "Copy link", on: { click: () => app.copyLink() } });
    this.jump = make("button", { type: "button", class: "toggle jump", text: "Findings", on: { click: () => app.goToFindings() } });
    this.element = make("div", { class: "bar", role: "group", "aria-label": "What is shown" },
      labelled("Run", this.run), this.rankField, this.otherField, this.compare.group,
      this.colour.group, this.rows.group, this.problems, this.filter,
      make("span", { class: "room" }), this.steps, this.table, this.link, this.jump);
  }

  #button(text, label, act) {
    return make("button", { type: "button", class: "small", text, "aria-label": label, title: label, on: { click: act } });
  }

  #step(label) {
    return make("input", { type: "number", step: "1", "aria-label": label, on: { change: () => this.#typed() } });
  }

  /** Tells that the link was copied, for a while. */
  copied() {
    this.link.textContent = "Copied";
    setTimeout(() => (this.link.textContent = "Copy link"), 1500);
  }

  #typed() {
    const { app } = this;
    const from = Number.parseInt(this.from.value, 10);
    const to = Number.parseInt(this.to.value, 10);
    if (Number.isFinite(from) && Number.isFinite(to) && app.window) app.zoom([Math.min(from, to), Math.max(from, to)]);
    else this.update();
  }

  update() {
    const { app } = this;
    const { view, runs } = app;
    const sides = app.data?.sides ?? [];
    const entry = sides[0]?.entry;
    const names = [...new Set(runs.map((one) => one.run))];
    const name = (run) => (run === "." || run === "" ? "this run" : printable(run, 80));
    fill(this.run, names.map((run) => [run, name(run)]), entry?.run ?? "");
    const ranks = runs.filter((one) => one.run === entry?.run).map((one) => [String(one.rank), rankText(one)]);
    fill(this.rank, ranks, String(entry?.rank ?? ""));
    this.rankField.hidden = ranks.length < 2;
    const others = runs.filter((one) => one.key !== entry?.key).map((one) => [one.key, printable(app.titleOf(one), 80)]);
    fill(this.other, [["", "none"], ...others], sides[1]?.entry.key ?? "");
    this.otherField.hidden = !others.length;
    this.compare.group.hidden = sides.length < 2;
    this.compare.show(view.compare);
    this.colour.show(view.colour);
    this.rows.show(view.rows);
    this.problems.setAttribute("aria-pressed", String(view.problems));
    this.table.setAttribute("aria-pressed", String(view.table));
    if (document.activeElement !== this.filter) this.filter.value = view.filter;
    const { window } = app;
    const bounds = app.data?.bounds;
    this.steps.hidden = !window;
    if (window) {
      for (const [input, value] of [[this.from, window[0]], [this.to, window[1]]]) {
        input.value = String(value);
        input.min = String(bounds[0]);
        input.max = String(bounds[1]);
      }
    }
    this.all.disabled = !view.window;
    const many = sides.reduce((sum, one) => sum + one.findings.length, 0);
    this.jump.textContent = `Findings (${wholeText(many)})`;
  }
}

/** A rank, and the worst of what was found on it. */
function rankText({ rank, findings }) {
  const worst = ["error", "warning"].find((severity) => findings[severity]);
  return worst ? `${wholeText(rank)} \u00b7 ${counted(findings[worst], worst)}` : wholeText(rank);
}

function fill(select, options, value) {
  const now = [...select.options].map((one) => `${one.value}\n${one.text}`).join("\n");
  if (now !== options.map((one) => one.join("\n")).join("\n")) {
    select.replaceChildren(...options.map(([key, text]) => make("option", { value: key, text })));
  }
  select.value = value;
}
