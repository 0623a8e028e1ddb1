// What is being looked at, and how an address says it.

/**
 * `window`: the steps shown, null for all; `chosen`: names of the parameters whose norms are
 * drawn; `colour`: "status" or "norm"; `rows`: "modules" or "parameters"; `compare`: "side" or
 * "difference", used while `other` names a run.
 */
export function freshView() {
  return {
    run: null,
    rank: null,
    other: null,
    compare: "side",
    colour: "status",
    rows: "modules",
    problems: false,
    filter: "",
    window: null,
    chosen: [],
    finding: null,
    step: null,
    table: false,
  };
}

const LINK_PREFIX = "p.gradaudit.";

/** The values behind a `#...` address by name, those of this page only; what is malformed is left out. */
export function linkValues(hash) {
  const values = new Map();
  for (const token of String(hash).replace(/^#/, "").split("&").slice(0, 100)) {
    const cut = token.indexOf("=");
    if (cut < 0) continue;
    try {
      const name = decodeURIComponent(token.slice(0, cut));
      const value = decodeURIComponent(token.slice(cut + 1).replaceAll("+", " "));
      values.set(name.startsWith(LINK_PREFIX) ? name.slice(LINK_PREFIX.length) : name, value);
    } catch {
      // a stray percent sign: somebody shortened the address
    }
  }
  return values;
}

/** A view from the values of a link; values that mean nothing leave the fresh view as it is. */
export function viewFromLink(values) {
  const view = freshView();
  const one = (name, allowed) => {
    if (allowed.includes(values.get(name))) view[name] = values.get(name);
  };
  for (const name of ["run", "other", "finding"]) view[name] = values.get(name) || null;
  view.filter = (values.get("filter") ?? "").slice(0, 200);
  one("compare", ["side", "difference"]);
  one("colour", ["status", "norm"]);
  one("rows", ["modules", "parameters"]);
  view.problems = values.get("problems") === "1";
  view.table = values.get("table") === "1";
  view.rank = wholeOrNull(values.get("rank"));
  view.step = wholeOrNull(values.get("step"));
  const steps = /^(-?\d{1,15})-(-?\d{1,15})$/.exec(values.get("steps") ?? "");
  if (steps && Number(steps[1]) <= Number(steps[2])) view.window = [Number(steps[1]), Number(steps[2])];
  const names = values.get("parameter");
  if (names) {
    view.chosen = names.split(",").slice(0, 6).flatMap((name) => {
      try {
        return [decodeURIComponent(name)];
      } catch {
        return [];
      }
    });
  }
  return view;
}

function wholeOrNull(text) {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}

/** The address of a view, from "#" on; what is as it would be anyway is left out. */
export function linkOf(view) {
  const fresh = freshView();
  const parts = ["gradaudit"];
  const add = (name, value) => parts.push(LINK_PREFIX + name + "=" + encodeURIComponent(value));
  for (const name of ["run", "rank", "other", "finding", "filter", "colour", "rows", "step"]) {
    if (view[name] !== fresh[name] && view[name] !== null && view[name] !== "") add(name, view[name]);
  }
  if (view.other && view.compare !== fresh.compare) add("compare", view.compare);
  if (view.problems) add("problems", "1");
  if (view.table) add("table", "1");
  if (view.window) add("steps", view.window.join("-"));
  if (view.chosen.length) add("parameter", view.chosen.map(encodeURIComponent).join(","));
  return "#" + parts.join("&");
}

/** The first entry with errors, or with warnings, or the first; null of none. */
function worstOf(runs) {
  return runs.find((one) => one.findings.error) ?? runs.find((one) => one.findings.warning) ?? runs[0] ?? null;
}

/** The entry of `runs` that a view names; the worst of what it leaves open. */
export function runNamed(runs, run, rank) {
  const named = runs.filter((one) => one.key === run || one.run === run);
  return named.find((one) => one.rank === rank) ?? worstOf(named) ?? worstOf(runs);
}

/** The run to compare with, by its key or its name; null where there is none. */
export function otherNamed(runs, entry, name) {
  if (!name) return null;
  return runs.find((one) => one.key !== entry.key && (one.key === name || one.run === name)) ?? null;
}

/** The finding that a link means: by its id, or the first with that code. */
export function findingNamed(findings, name) {
  return findings.find((one) => one.id === name) ?? findings.find((one) => one.code === name) ?? null;
}

/** The steps to show for a finding: its own with as many around, null where that is most of them. */
export function findingWindow(finding, bounds) {
  const first = Math.max(bounds[0], Math.min(bounds[1], finding.first_step));
  const last = Math.max(first, Math.min(bounds[1], finding.last_step));
  const around = Math.max(10, Math.round((last - first) * 0.6));
  const window = [Math.max(bounds[0], first - around), Math.min(bounds[1], last + around)];
  return window[1] - window[0] > 0.8 * (bounds[1] - bounds[0]) ? null : window;
}
