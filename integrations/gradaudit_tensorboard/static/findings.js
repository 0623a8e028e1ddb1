// The findings: how bad, what, why, on which line, and what to do; a click shows the cells.
import { causeText, placeText } from "./causes.js";
import { make, printable, prose } from "./dom.js";
import { counted, stepsText } from "./numbers.js";

const SEVERITIES = ["error", "warning", "info"];
const MOST_CARDS = 60;

/** The most severe first, and of those what began first. */
export function orderedFindings(findings) {
  const place = (one) => (SEVERITIES.indexOf(one.severity) + SEVERITIES.length + 1) % (SEVERITIES.length + 1);
  return [...findings].sort((a, b) => place(a) - place(b) || a.first_step - b.first_step);
}

/** Names in short: "decoder.5.* (16 parameters)", or the first ones and how many more. */
export function namesText(names) {
  if (names.length > 2) {
    const split = names.map((name) => name.split("."));
    let same = 0;
    while (split.every((parts) => parts.length > same + 1 && parts[same] === split[0][same])) same++;
    if (same) return `${split[0].slice(0, same).join(".")}.* (${counted(names.length, "parameter")})`;
  }
  const shown = names.slice(0, 2).join(", ");
  return names.length > 2 ? `${shown} and ${names.length - 2} more` : shown;
}

/** The panel at the side. */
export class Findings {
  constructor(app) {
    this.app = app;
    this.all = false;
    this.title = make("h2", { id: "ga-findings", text: "Findings" });
    this.total = make("span", { class: "total" });
    this.list = make("div", { class: "cards" });
    this.element = make(
      "aside",
      { class: "findings", "aria-labelledby": "ga-findings", tabindex: "-1" },
      make("div", { class: "panel-head" }, this.title, this.total),
      this.list,
    );
  }

  update() {
    const { app } = this;
    const sides = (app.data?.sides ?? []).map((side, number) => ({ side, number, list: orderedFindings(side.findings) }));
    const counts = SEVERITIES.map((severity) => [severity, sides[0]?.list.filter((one) => one.severity === severity).length ?? 0]);
    this.total.replaceChildren(
      ...counts.filter(([, many]) => many).map(([severity, many]) => make("span", { class: severity, text: counted(many, severity).replace("infos", "info") })),
    );
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    this.list.replaceChildren(...sides.flatMap((one) => this.#cards(one, sides.length > 1)));
    if (focused) this.list.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  }

  #cards({ side, number, list }, several) {
    const heading = several ? [make("h3", { class: "of-run", text: `${"AB"[number]}: ${printable(this.app.titleOf(side.entry), 80)}` })] : [];
    if (!list.length) {
      const text = nothingFound(side, this.app.source.grows);
      return [...heading, make("p", { class: "none-found", text })];
    }
    const shown = this.all ? list : list.slice(0, MOST_CARDS);
    const more = list.length - shown.length;
    const button = make("button", { class: "link", type: "button", text: `Show ${more} more`, on: { click: () => { this.all = true; this.update(); } } });
    return [...heading, ...shown.map((one) => this.#card(one, side, number)), ...(more ? [button] : [])];
  }

  #card(finding, side, number) {
    const { app } = this;
    const id = `${number}:${finding.id ?? finding.code}`;
    const severity = SEVERITIES.includes(finding.severity) ? finding.severity : "info";
    const active = app.finding?.id === finding.id && app.findingSide === number;
    const open = () => app.showFinding(finding, number);
    const place = placeText(finding.cause);
    const source = typeof finding.evidence?.source === "string" ? finding.evidence.source.trim() : "";
    const owners = [finding.model && `model ${finding.model}`, finding.optimizer && `optimizer ${finding.optimizer}`].filter(Boolean);
    const lines = [
      make("h3", {}, make("button", { type: "button", class: "title", text: printable(finding.name, 80), "aria-current": active ? "true" : null, data: { id }, on: { click: (event) => { event.stopPropagation(); open(); } } }), make("span", { class: "code", text: printable(finding.code, 16) })),
      make("p", { class: "meta" }, make("b", { class: severity, text: severity }), ` · ${stepsText(finding.first_step, finding.last_step)}${finding.count > 1 ? `, ${counted(finding.count, "time")}` : ""}`),
      make("p", { class: "what" }, prose(finding.message)),
    ];
    if (finding.parameters?.length) {
      lines.push(make("p", { class: "names", title: printable(finding.parameters.slice(0, 40).join("\n"), 1500) }, make("bdi", { text: printable(namesText(finding.parameters), 240) })));
    }
    if (finding.cause && finding.cause.kind !== "unknown") lines.push(paragraph("Cause", prose(causeText(finding.cause))));
    if (place) {
      lines.push(make("figure", {}, make("figcaption", { text: printable(place, 240) }), source ? make("pre", { tabindex: "0", "aria-label": `Source line of ${place}` }, make("code", { text: printable(source, 300) })) : null));
    }
    if (finding.fix) lines.push(paragraph("Fix", prose(finding.fix)));
    if (owners.length) lines.push(make("p", { class: "owners", text: printable(owners.join(", "), 200) }));
    return make("article", { class: `finding ${severity}${active ? " active" : ""}`, "aria-label": `${severity}: ${printable(finding.name, 80)}`, on: { click: open } }, lines);
  }
}

/** What a run without findings is told. */
function nothingFound(side, grows) {
  if (!side.overview.columns) return grows ? "No findings so far." : "No findings.";
  if (side.summary.problem.includes(1)) return "No findings. What the cells show was not taken for a mistake.";
  return "No findings. Every gradient that was looked at was there when a step used it, and sound.";
}

function paragraph(word, text) {
  return make("p", { class: word.toLowerCase() }, make("span", { class: "label", text: `${word} ` }), text);
}
