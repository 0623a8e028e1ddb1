// The page as a file: its data is in it, as JSON in an inert script element.
import { App } from "./app.js";
import { make, printable } from "./dom.js";
import { counted } from "./numbers.js";
import { EmbeddedSource } from "./source.js";

/** What the run was: its command, how it ended, how much of it there was. */
function runHeader(report) {
  if (!report) return [];
  const counts = report.counts ?? {};
  const command = (report.command ?? []).join(" ");
  const exit = report.exit ?? {};
  const ended = exit.exception ? `ended by ${exit.exception}` : exit.code ? `exit code ${exit.code}` : "";
  const facts = [
    ...["steps", "backwards", "parameters"].flatMap((word) => (word in counts ? [counted(counts[word], word.slice(0, -1))] : [])),
    ended,
    report.torch ? `PyTorch ${report.torch}` : "",
    report.gradaudit ? `gradaudit ${report.gradaudit}` : "",
  ].filter(Boolean);
  return [
    make("header", { class: "of-report" },
      make("h1", { text: "Grad Audit" }),
      command ? make("code", { text: printable(command, 300) }) : null,
      make("span", { class: "facts", text: printable(facts.join(" · "), 500) })),
  ];
}

/** Shows the data of the element with the id "gradaudit-data". */
async function openEmbedded() {
  const data = JSON.parse(document.getElementById("gradaudit-data").textContent);
  const app = new App(document.body, new EmbeddedSource(data), runHeader(data.report));
  globalThis.gradaudit = app;
  await app.start();
}

openEmbedded();
