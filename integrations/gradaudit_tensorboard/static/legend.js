// What the colours mean: chips with counts that single one out, and a definition of each.
import { RATIO_OCTAVES } from "./compare.js";
import { make } from "./dom.js";
import { shortCount } from "./numbers.js";
import { DIFFERENCE_DEFINITIONS, STATUS_DEFINITIONS } from "./statuses.js";

const KEYS = [
  ["Arrow keys", "move the cursor over the cells, after Tab has brought you to them"],
  ["Shift + arrow left, right", "move the window of steps"],
  ["+ and -", "zoom in and out around the cursor; so does the wheel with Ctrl"],
  ["Enter", "draw the norms of the row, or open and close its module"],
  ["Space", "add the row's norms to those drawn already"],
  ["Escape", "show all steps again"],
  ["Drag", "zoom to the steps dragged over; in the bar above, move or stretch the window"],
];

/** A small sample of a status' colour and pattern. */
export function swatch(name, kind = "s") {
  return make("i", { class: `swatch ${kind}-${name.replaceAll(" ", "-")}`, "aria-hidden": "true" });
}

/** The strip of chips, and below it the definitions, hidden until they are asked for. */
export class Legend {
  constructor(app) {
    this.app = app;
    this.chips = make("div", { class: "chips", role: "group", "aria-label": "Statuses: press one to single it out" });
    this.scale = make("div", { class: "ramp" });
    this.definitions = make("div", { class: "definitions", id: "ga-definitions", hidden: true });
    this.button = make("button", {
      class: "link",
      type: "button",
      "aria-expanded": "false",
      "aria-controls": "ga-definitions",
      text: "What it means",
      on: { click: () => this.toggle() },
    });
    this.element = make("section", { class: "legend", "aria-label": "Legend" }, this.chips, this.scale, this.button);
  }

  toggle() {
    const hide = !this.definitions.hidden;
    this.definitions.hidden = hide;
    this.button.setAttribute("aria-expanded", String(!hide));
    this.app.draw();
  }

  /** All other statuses fade; the same once more, and they are back. */
  #singleOut(name) {
    this.app.only = this.app.only === name ? null : name;
    this.update();
    this.app.draw();
  }

  update() {
    const { app } = this;
    const difference = app.isDifference;
    const { statuses, counts } = app.board.panes[0] ? app.board.panes[0].telling() : { statuses: null, counts: [] };
    if (!statuses) return;
    const kind = difference ? "d" : "s";
    const words = difference ? DIFFERENCE_DEFINITIONS : STATUS_DEFINITIONS;
    const codes = statuses.names.map((_, code) => code).filter((code) => counts[code]);
    const pressed = document.activeElement?.dataset?.status;
    this.chips.replaceChildren(
      ...codes.map((code) => {
        const name = statuses.name(code);
        return make(
          "button",
          {
            class: "chip",
            type: "button",
            title: words[name],
            "aria-pressed": String(app.only === name),
            data: { status: name },
            on: { click: () => this.#singleOut(name) },
          },
          swatch(name, kind),
          make("span", { text: name }),
          make("b", { text: shortCount(counts[code]) }),
          make("span", { class: "unseen-text", text: counts[code] === 1 ? " parameter" : " parameters" }),
        );
      }),
    );
    if (pressed) this.chips.querySelector(`[data-status="${CSS.escape(pressed)}"]`)?.focus();
    this.#scale(difference);
    const rows = Object.entries(words).filter(([name]) => name !== "unseen");
    this.definitions.replaceChildren(
      make("dl", {}, rows.flatMap(([name, text]) => [make("dt", {}, swatch(name, kind), name), make("dd", { text })])),
      make("dl", { class: "keys" }, KEYS.flatMap(([name, text]) => [make("dt", { text: name }), make("dd", { text })])),
    );
  }

  #scale(difference) {
    const { app } = this;
    const shown = app.view.colour === "norm";
    this.scale.hidden = !shown;
    if (!shown) return;
    const pane = app.board.panes[0];
    const [low, high] = difference
      ? [`B ${2 ** RATIO_OCTAVES} times larger`, `A ${2 ** RATIO_OCTAVES} times larger`]
      : (app.data.range ?? []).map((code) => pane.norms.text(code));
    if (low === undefined) {
      this.scale.replaceChildren(make("span", { text: "no finite norm yet" }));
      return;
    }
    const bar = make("i", { class: difference ? "bar-diverging" : "bar-ramp", "aria-hidden": "true" });
    const [from, to] = [make("span", { text: low }), make("span", { text: high })];
    this.scale.replaceChildren(make("span", { text: difference ? "norm" : "L2 norm" }), from, bar, to);
  }
}
