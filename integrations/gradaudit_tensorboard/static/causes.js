// Causes and places in words: the same ones as gradaudit's console has.

/** What each kind of cause means. */
export const CAUSE_WORDS = {
  "unused-module": "the forward of the module never ran",
  "unused-output": "the forward ran, but nothing that it computed with this reached the loss",
  "detach": "the value was detached from the graph",
  "data-attribute": "the value was read through `.data`, which the graph does not follow",
  "no-grad-region": "the value was computed while gradients were disabled",
  "inference-mode": "the value was computed in inference mode",
  "non-differentiable-op": "an operation that has no gradient is in between",
  "rewrapped-value": "the value left the graph and was wrapped into a new tensor",
  "reentrant-checkpoint": "a reentrant checkpoint got no input that requires grad",
  "custom-function": "a custom autograd function returned no gradient",
  "requires-grad-off": "requires_grad is off",
  "replaced-parameter": "the parameter was replaced by another object",
  "unregistered-leaf": "the tensor is registered in no audited module",
  "cleared": "the gradient was cleared before it was used",
  "other-backward": "it belongs to another loss, whose backward reaches it",
  "nonfinite-op": "the value became non-finite in this operation",
  "nonfinite-input": "the input was non-finite already",
  "inplace-edit": "the value was changed in place",
  "reused-graph": "the value was built once and used by more than one backward",
  "kept-graph": "the value keeps the graph that it was computed with",
  "unknown": "not known",
};

/** As in "detach: the value was detached from the graph (Tensor.detach), in module past". */
export function causeText(cause) {
  const words = Object.hasOwn(CAUSE_WORDS, cause.kind) ? CAUSE_WORDS[cause.kind] : null;
  let said = words === null || cause.kind === "unknown" ? cause.kind : `${cause.kind}: ${words}`;
  if (cause.op) said += ` (${cause.op})`;
  if (cause.module) said += `, in module ${cause.module}`;
  return cause.certain === false ? `probably ${said}` : said;
}

/** As in "train.py:12 in forward"; null where no place is known. */
export function placeText(cause) {
  if (!cause || !cause.file) return null;
  const line = cause.line === null || cause.line === undefined ? "" : `:${cause.line}`;
  return `${cause.file}${line}${cause.function ? ` in ${cause.function}` : ""}`;
}
