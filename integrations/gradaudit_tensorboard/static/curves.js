// The norms of the chosen parameters, and the list of them.
import { drawCurves } from "./charts.js";
import { fitted, make, printable } from "./dom.js";
import { normText, shortCount } from "./numbers.js";
import { statusRuns } from "./pool.js";
import { runsText } from "./table.js";

/** The number of the colour of a chosen parameter in run A (0) or B (1), which stay apart. */
function seriesOf(place, number) {
  return place + 3 * number;
}

/** The panel below the cells. */
export class Curves {
  constructor(app) {
    this.app = app;
    this.answers = []; // of each side: {side, data} for the parameters asked for
    this.list = make("div", { class: "series" });
    this.canvas = make("canvas", { class: "chart", role: "img" });
    this.element = make("section", { class: "curves", "aria-labelledby": "ga-curves" },
      make("div", { class: "panel-head" }, make("h2", { id: "ga-curves", text: "Gradient norm" }), this.list),
      this.canvas);
    this.asked = 0;
  }

  /** Asks for the curves of what is chosen, in the window that is shown. */
  async load() {
    const { app } = this;
    const ask = ++this.asked;
    const [from, to] = app.view.window ?? [null, null];
    const { data: asked } = app;
    const answers = await Promise.all(asked.sides.map(async (side) => {
      const parameters = app.chosen.map((index) => side.rowOf[index]).filter((row) => row >= 0 && row < side.overview.rows);
      if (!parameters.length || !side.overview.columns) return { side, data: null };
      const cols = Math.max(200, Math.min(2000, Math.round(this.canvas.clientWidth || 1000)));
      return { side, data: await app.source.curve(side.entry.key, { parameters, from, to, cols }) };
    }));
    if (ask !== this.asked || asked !== app.data) return; // a newer question is on its way
    this.answers = answers;
    this.update();
    this.draw();
  }

  #drawn() {
    const { app } = this;
    const { status } = app.look.palette;
    return app.chosen.flatMap((index, series) =>
      this.answers.flatMap(({ side, data }, number) => {
        const line = data?.curves.find((one) => one.index === side.rowOf[index]);
        return line ? [{ data, line, index, series: seriesOf(series, number), number, norms: side.norms, statuses: side.statuses, colours: status, dashed: number === 1 }] : [];
      }),
    );
  }

  draw() {
    const { app } = this;
    const canvas = fitted(this.canvas);
    if (!canvas || !app.window) return;
    drawCurves(canvas, { curves: this.#drawn(), window: app.window, place: app.board.placeWithin(this.canvas), cursor: app.cursor?.step ?? app.view.step, look: app.look });
  }

  update() {
    const { app } = this;
    const drawn = this.#drawn();
    this.list.replaceChildren(
      ...app.chosen.map((index, series) => this.#entry(index, series)),
      ...(app.data.sides.length > 1 && app.chosen.length ? [make("span", { class: "hint", text: "A: full line, B: dashed" })] : []),
      ...(app.chosen.length ? [] : [make("span", { class: "hint", text: "Click a parameter to see its norm; with Ctrl, several." })]),
    );
    const told = drawn.map((one) => {
      const name = printable(app.data.parameters[one.index].name, 120);
      const line = { status: Uint8Array.from(one.line.status) };
      const values = one.line.norm.filter((code) => one.norms.ordinary(code));
      const largest = values.length ? normText(one.norms.value(Math.max(...values))) : "none";
      const runs = statusRuns(line, { columns: one.data.first.length, first: one.data.first, last: one.data.last }, one.statuses);
      return `${app.data.sides.length > 1 ? `run ${"AB"[one.number]}, ` : ""}${name}: largest norm ${largest}; ${runsText(runs, one.statuses)}`;
    });
    this.canvas.setAttribute("aria-label", told.length ? `Gradient norm by step. ${told.join(". ")}` : "Gradient norm by step. No parameter is chosen.");
  }

  #entry(index, series) {
    const { app } = this;
    const one = app.data.parameters[index];
    const name = printable(one.name, 200);
    const colours = app.look.palette.series;
    const many = shortCount(one.numel ?? 0);
    const shape = one.shape?.length > 1 ? `${one.shape.join(" × ")} = ${many}` : many;
    return make("span", { class: "one", title: [name, one.class, one.dtype].filter(Boolean).map((text) => printable(text, 200)).join(", ") },
      app.data.sides.map((_, number) => make("i", { class: number ? "stroke dashed" : "stroke", css: { "--stroke": colours[seriesOf(series, number) % colours.length] }, "aria-hidden": "true" })),
      make("bdi", { text: name || '""' }),
      make("small", { text: printable(shape, 60) }),
      make("button", { type: "button", class: "remove", "aria-label": `Remove ${name}`, text: "×", on: { click: () => app.choose(app.chosen.filter((other) => other !== index)) } }));
  }
}
