import assert from "node:assert/strict";
import { test } from "node:test";
import { STATIC } from "./logs.js";
const { buildTree, flatRows, matching, openToFit, pathsTo, treeRows } = await import(STATIC + "tree.js");

const named = (...names) => names.map((name) => ({ name }));
const shape = (node) => (node.leaf === null ? [node.name, node.kids.map(shape)] : node.name);

test("chains are joined, and modules of one or two parameters are no level", () => {
  const tree = buildTree(named("enc.layers.0.q.weight", "enc.layers.0.q.bias", "enc.layers.0.k.weight", "enc.layers.1.q.weight", "enc.layers.1.q.bias", "enc.layers.1.r", "head.weight"));
  assert.deepEqual(shape(tree), ["", [
    ["enc.layers", [["0", ["q.weight", "q.bias", "k.weight"]], ["1", ["q.weight", "q.bias", "r"]]]],
    "head.weight",
  ]]);
});

test("each parameter is in the tree once, whatever its name", () => {
  const names = ["", ".", "..", "a..b", "__proto__", "constructor.prototype", "a.b", "a.b", "a", "x".repeat(9000), Array(500).fill("m").join("."), "é\u202e.w", "<img src=x>.w"];
  const tree = buildTree(named(...names));
  const rows = flatRows(tree);
  assert.deepEqual(rows.map((row) => row.node.leaf).sort((a, b) => a - b), [...names.keys()]);
  assert.equal(Object.prototype.weight, undefined);
  const all = new Set();
  const paths = new Set();
  const walk = (node) => {
    assert.ok(!paths.has(node.path), node.path);
    paths.add(node.path);
    if (node.leaf === null) all.add(node.path);
    node.kids.forEach(walk);
  };
  walk(tree);
  assert.equal(treeRows(tree, all).filter((row) => row.node.leaf !== null).length, names.length);
});

test("two models are two levels, and names that begin with the model's do not repeat it", () => {
  const tree = buildTree([{ name: "gen.0.w", model: "gen" }, { name: "gen.1.w", model: "gen" }, { name: "gen.2.w", model: "gen" }, { name: "0.w", model: "dis" }, { name: "1.w", model: "dis" }, { name: "2.w", model: "dis" }]);
  assert.deepEqual(tree.kids.map((kid) => kid.name), ["gen", "dis"]);
});

test("rows are those of the open modules, and of a filter only what it keeps", () => {
  const tree = buildTree(named("a.x.w", "a.y.w", "a.z.w", "b.x.w", "b.y.w", "b.z.w"));
  assert.deepEqual(treeRows(tree, new Set()).map((row) => row.node.name), ["a", "b"]);
  assert.deepEqual(treeRows(tree, new Set(["a."])).map((row) => [row.node.name, row.depth]), [["a", 0], ["x.w", 1], ["y.w", 1], ["z.w", 1], ["b", 0]]);
  const kept = treeRows(tree, new Set(["b."]), new Set([4]));
  assert.deepEqual(kept.map((row) => [row.node.name, row.parameters]), [["b", [4]], ["y.w", [4]]]);
  assert.deepEqual(pathsTo(tree, [4]), ["b."]);
});

test("what is opened by itself fits, and what has problems is opened first", () => {
  const names = [];
  for (const side of ["enc", "mid", "dec"]) for (let k = 0; k < 10; k++) for (const leaf of ["q", "k", "v"]) names.push(`${side}.${k}.${leaf}`);
  const tree = buildTree(named(...names));
  const count = (open) => treeRows(tree, open).length;
  for (const budget of [1, 5, 14, 25, 60, 500]) assert.ok(count(openToFit(tree, budget)) <= Math.max(3, budget));
  const problem = new Uint8Array(90);
  problem[75] = 1; // in dec
  assert.ok(openToFit(tree, 14, problem).has("dec."));
  assert.ok(!openToFit(tree, 14, problem).has("enc."));
});

test("a filter wants each of its words, whatever the case", () => {
  const parameters = [{ name: "Encoder.q.weight", class: "Linear" }, { name: "encoder.norm.bias", class: "LayerNorm" }];
  assert.equal(matching(parameters, "  "), null);
  assert.deepEqual([...matching(parameters, "ENC weight")], [0]);
  assert.deepEqual([...matching(parameters, "layernorm")], [1]);
  assert.deepEqual([...matching(parameters, "[(")], []);
});
