// The page around this one: TensorBoard's, or none. All of it may be out of reach, and none of it
// is needed.

/** The window whose address people see; this one where the outer one is of another origin. */
function outerWindow() {
  try {
    if (window.parent !== window && typeof window.parent.location.hash === "string") return window.parent;
  } catch {
    // another origin
  }
  return window;
}

/** The part of the address from "#" on. */
export function currentHash() {
  return outerWindow().location.hash;
}

/** The address of this view, for others to open. */
export function addressWith(hash) {
  return outerWindow().location.href.split("#")[0] + hash;
}

/** Shows the view in the address, without a new entry in the history. */
export function writeHash(hash) {
  const outer = outerWindow();
  // While another dashboard is looked at, the address is that one's.
  if (outer !== window && !/^#gradaudit(&|$)/.test(outer.location.hash)) return;
  try {
    outer.history.replaceState(outer.history.state, "", hash);
  } catch {
    // browsers limit how often; the next one will be written
  }
}

/** Calls `act` when somebody follows a link to this page while it is open. */
export function onHashChange(act) {
  outerWindow().addEventListener("hashchange", act);
}

/** Calls `act(dark)` now and whenever it changes: TensorBoard's own switch, or the system's. */
export function watchTheme(act) {
  const outer = outerWindow();
  const body = outer === window ? null : outer.document.body;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => act(body ? body.classList.contains("dark-mode") : system.matches);
  if (body) new MutationObserver(tell).observe(body, { attributes: true, attributeFilter: ["class"] });
  else system.addEventListener("change", tell);
  tell();
}

/**
 * Calls `act` when TensorBoard has reloaded its data, by its button or by itself. It speaks
 * through a message channel, in JSON, and wants each message answered.
 */
export function onDataReloaded(act) {
  if (window.parent === window) return;
  const channel = new MessageChannel();
  channel.port1.onmessage = (event) => {
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    if (message.isReply) return;
    if (message.type === "experimental.DataReloaded") act();
    const reply = { type: message.type, id: message.id, payload: null, error: null, isReply: true };
    channel.port1.postMessage(JSON.stringify(reply));
  };
  window.parent.postMessage("experimental.bootstrap", "*", [channel.port2]);
}
