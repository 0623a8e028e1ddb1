// Small helpers around the DOM. Text reaches the page through text nodes only: names, paths and
// source lines are data of the user, and whatever is in them must stay text.

/** Characters that draw nothing, or turn the direction of what follows. */
const UNSEEN_CHARACTERS =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text on one line, at most `most` characters long, with what cannot be seen as escapes. */
export function printable(text, most = 400) {
  const escaped = String(text).replace(UNSEEN_CHARACTERS, (one) =>
    one === "\n" || one === "\t" ? " " : "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  return escaped.length > most ? escaped.slice(0, most - 1) + "…" : escaped;
}

/**
 * An element. `props`: `class`, `text`, `on` (listeners by name), `data` (dataset), `css` (custom
 * properties); anything else is an attribute, left out where it is null or false.
 */
export function make(tag, props = {}, ...kids) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "on") for (const [event, f] of Object.entries(value)) element.addEventListener(event, f);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "css") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...kids.flat().filter((kid) => kid !== null && kid !== undefined));
  return element;
}

/** Text with `names` between backticks set as code. */
export function prose(text) {
  return printable(text, 4000)
    .split("`")
    .map((part, number, all) =>
      number % 2 && number < all.length - 1 ? make("code", { text: part }) : document.createTextNode(part),
    );
}

/** Calls `act` once, in the next animation frame or soon after where none comes (a hidden tab). */
export function soon(act) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      act();
    });
  };
}

/** Calls `act` once calls have ceased for `ms` milliseconds. */
export function calm(act, ms) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  };
}

/** The drawing context of a canvas made to fit its box; null while it has no size. */
export function fitted(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (!width || !height) return null; // the frame of a hidden tab has no size
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height, ratio };
}
