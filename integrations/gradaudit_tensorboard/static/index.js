// TensorBoard imports this module into the frame of the tab, and calls render().
import { App } from "./app.js";
import { make } from "./dom.js";
import { HttpSource } from "./source.js";

/** Builds the page. Addresses are relative to this file, so that any path prefix works. */
export async function render() {
  const sheet = make("link", { rel: "stylesheet", href: new URL("./page.css", import.meta.url).href });
  const styled = new Promise((done) => {
    sheet.onload = done;
    sheet.onerror = done;
  });
  document.documentElement.lang = "en";
  document.title = "Grad Audit";
  document.head.append(sheet, make("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }));
  await styled;
  const app = new App(document.body, new HttpSource(new URL("../", import.meta.url)));
  globalThis.gradaudit = app; // for the console of the browser, and for tests
  await app.start();
  keepReading(app);
}

/** Asks for the rest of a large log, which the server reads piece by piece, until all is shown. */
async function keepReading(app) {
  if (app.data?.sides.some((side) => side.entry.unread)) await app.reload();
  setTimeout(() => keepReading(app), 400);
}
