// What is shown before there is anything to show.
import { make } from "./dom.js";

const EXAMPLE = 'import gradaudit\n\nwith gradaudit.watch(model, optimizer, log_dir="runs/first"):\n    train()';

/** A friendly word, and how to make a log. */
export function welcome() {
  return [
    make("h2", { text: "No gradient audit in this log directory yet" }),
    make("p", { text: "Once a training run writes its log here, this page shows it, and keeps up with it." }),
    make("pre", { tabindex: "0", "aria-label": "Example" }, make("code", { text: EXAMPLE })),
    make("p", { text: "Or, with a script as it is: gradaudit run --log-dir runs/first train.py" }),
  ];
}
