import assert from "node:assert/strict";
import { test } from "node:test";
import { INF, CODING, NAMES, NAN, NONE, OK, STATIC, UNSEEN, code, gridOf } from "./logs.js";
const { findingNamed, findingWindow, freshView, linkOf, linkValues, runNamed, viewFromLink } = await import(STATIC + "view.js");
const { differenceGrid, matchCounts, matched, RatioCodes } = await import(STATIC + "compare.js");
const { Statuses } = await import(STATIC + "statuses.js");
const { NormCodes } = await import(STATIC + "numbers.js");
const { CAUSE_WORDS, causeText, placeText } = await import(STATIC + "causes.js");
const { namesText, orderedFindings } = await import(STATIC + "findings.js");
const { printable } = await import(STATIC + "dom.js");

test("a view survives its own link", () => {
  const view = {
    ...freshView(), run: "a/b & c=d", rank: 3, other: "x|0", compare: "difference", colour: "norm", rows: "parameters", problems: true,
    filter: "q % w", window: [12, 3456], chosen: ["a,b.weight", "ü|%2f"], finding: "GA201-12ab", step: 17, table: true,
  };
  assert.deepEqual(viewFromLink(linkValues(linkOf(view))), view);
  assert.equal(linkOf(freshView()), "#gradaudit");
});

test("links are read with and without TensorBoard's prefix, and what is malformed does no harm", () => {
  assert.equal(viewFromLink(linkValues("#gradaudit&p.gradaudit.finding=GA201")).finding, "GA201");
  assert.equal(viewFromLink(linkValues("#finding=GA201&steps=5-9")).window[1], 9);
  for (const hash of ["", "#", "#%", "#&&=&a", "#steps=9-5", "#steps=a-b", "#step=1e9", "#colour=pink", "#rows=__proto__", "#parameter=%25", "#rank=-", "#filter=%zz"]) {
    assert.deepEqual(viewFromLink(linkValues(hash)), freshView(), hash);
  }
});

test("without a run in the link, the worst one is shown", () => {
  const run = (name, error, warning, rank = 0) => ({ run: name, rank, key: `${name}|${rank}`, findings: { error, warning, info: 9 } });
  const runs = [run("fine", 0, 0), run("meh", 0, 2), run("bad", 1, 0, 0), run("bad", 1, 0, 1)];
  assert.equal(runNamed(runs, null, null).key, "bad|0");
  assert.equal(runNamed(runs, "bad", 1).key, "bad|1");
  const ranks = [run("four", 0, 0, 0), run("four", 0, 1, 1), run("four", 2, 0, 2), run("four", 0, 0, 3)];
  assert.equal(runNamed(ranks, "four", null).key, "four|2");
  assert.equal(runNamed(ranks, "four", 0).key, "four|0");
  assert.equal(runNamed(ranks, "four", 9).key, "four|2");
  assert.equal(runNamed(runs, "meh|0", null).key, "meh|0");
  assert.equal(runNamed(runs, "gone", null).key, "bad|0");
  assert.equal(runNamed([], "x", null), null);
});

test("a finding is named by its id, or by its code; its window is around it and inside the run", () => {
  const findings = [{ id: "GA201-a", code: "GA201" }, { id: "GA201-b", code: "GA201" }];
  assert.equal(findingNamed(findings, "GA201-b").id, "GA201-b");
  assert.equal(findingNamed(findings, "GA201").id, "GA201-a");
  assert.equal(findingNamed(findings, "GA999"), null);
  assert.deepEqual(findingWindow({ first_step: 3500, last_step: 3500 }, [0, 4999]), [3490, 3510]);
  assert.deepEqual(findingWindow({ first_step: 2, last_step: 2 }, [0, 4999]), [0, 12]);
  assert.equal(findingWindow({ first_step: 0, last_step: 4999 }, [0, 4999]), null);
  assert.deepEqual(findingWindow({ first_step: 9e9, last_step: 9e9 }, [0, 99]), [89, 99]);
});

test("parameters of two runs are matched by name, also where the model or the order is another", () => {
  const a = { parameters: [{ name: "x", model: "Net" }, { name: "y", model: "Net" }, { name: "z", model: "Net" }] };
  const b = { parameters: [{ name: "w", model: "Net2" }, { name: "z", model: "Net2" }, { name: "x", model: "Net2" }] };
  const union = matched([a, b]);
  assert.deepEqual(union.parameters.map((one) => one.name), ["x", "y", "z", "w"]);
  assert.deepEqual([...union.rows[0]], [0, 1, 2, -1]);
  assert.deepEqual([...union.rows[1]], [2, -1, 1, 0]);
  assert.deepEqual(matchCounts(union), { both: 2, onlyA: 1, onlyB: 1 });
});

test("names that stand for several tensors are matched in their order, none twice", () => {
  const twice = { parameters: [{ name: "t", model: "" }, { name: "t", model: "" }] };
  const union = matched([twice, { parameters: [{ name: "t", model: "" }, { name: "t", model: "" }, { name: "t", model: "" }] }]);
  assert.deepEqual([...union.rows[0]], [0, 1, -1]);
  assert.deepEqual([...union.rows[1]], [0, 1, 2]);
});

test("a difference says in which run it is worse, and how many times larger the norm", () => {
  const statuses = new Statuses(NAMES, UNSEEN);
  const norms = new NormCodes(CODING);
  const side = (rows, values) => ({ grid: gridOf(rows, { norms: values.map((row) => row.map(code)) }), rowOf: Int32Array.from([0, 1]), statuses, norms });
  const a = side([[OK, NAN, NONE, OK], [INF, OK, NONE, UNSEEN]], [[8, 1, 1, 1], [1, 1, 1, 1]]);
  const b = side([[OK, OK, NONE, NAN], [NAN, OK, INF, OK]], [[1, 1, 1, 1], [1, 1, 1, 4]]);
  const grid = differenceGrid([a, b], [0, 3], 100);
  assert.deepEqual([...grid.status], [0, 3, 1, 2, 2, 0, 2, UNSEEN]);
  const codes = new RatioCodes();
  assert.ok(Math.abs(codes.value(grid.norms[0]) - 8) < 0.01);
  assert.equal(codes.text(grid.norms[0]), "A is 8.0 times larger");
  assert.equal(codes.text(grid.norms[5]), "alike");
});

test("a parameter that one run does not have differs in nothing", () => {
  const statuses = new Statuses(NAMES, UNSEEN);
  const norms = new NormCodes(CODING);
  const a = { grid: gridOf([[NAN]]), rowOf: Int32Array.from([0, -1]), statuses, norms };
  const b = { grid: gridOf([[NAN]]), rowOf: Int32Array.from([-1, 0]), statuses, norms };
  assert.deepEqual([...differenceGrid([a, b], [0, 0], 9).status], [UNSEEN, UNSEEN]);
});

test("causes, places and names are told as the console tells them", () => {
  const cause = { kind: "detach", op: "Tensor.detach", file: "train.py", line: 12, function: "forward", module: "past", certain: false };
  assert.equal(causeText(cause), "probably detach: the value was detached from the graph (Tensor.detach), in module past");
  assert.equal(placeText(cause), "train.py:12 in forward");
  assert.equal(placeText({ ...cause, line: null, function: null }), "train.py");
  assert.equal(placeText(null), null);
  assert.equal(causeText({ kind: "toString" }), "toString");
  assert.ok(Object.keys(CAUSE_WORDS).length > 15);
  assert.equal(namesText(["a.b.q", "a.b.k", "a.b.v"]), "a.b.* (3 parameters)");
  assert.equal(namesText(["a.q", "b.k", "c.v"]), "a.q, b.k and 1 more");
  assert.equal(namesText(["x"]), "x");
});

test("findings are in order of severity, then of time; unknown severities come last", () => {
  const order = orderedFindings([
    { id: 1, severity: "info", first_step: 0 }, { id: 2, severity: "error", first_step: 9 }, { id: 3, severity: "odd", first_step: 0 },
    { id: 4, severity: "error", first_step: 3 }, { id: 5, severity: "warning", first_step: 1 },
  ]);
  assert.deepEqual(order.map((one) => one.id), [4, 2, 5, 1, 3]);
});

test("characters that hide or turn text are shown as what they are", () => {
  assert.equal(printable("a\u202eb\u0000c\u200bd\ne"), "a\\u202eb\\u0000c\\u200bd e");
  assert.equal(printable("x".repeat(50), 10), "xxxxxxxxx…");
});
