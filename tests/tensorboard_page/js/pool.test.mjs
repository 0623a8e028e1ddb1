import assert from "node:assert/strict";
import { test } from "node:test";
import { CODING, FROZEN, INF, NAMES, NAN, NONE, OK, SKIPPED, STALE, STATIC, UNSEEN, ZERO, code, gridOf, randomOf } from "./logs.js";
const { Lines, curvesOf, normRange, sliceGrid, statusRuns, summarise } = await import(STATIC + "pool.js");
const { Statuses, STATUS_DEFINITIONS, STATUS_ORDER } = await import(STATIC + "statuses.js");
const { NormCodes, normText, shortCount, stepsText } = await import(STATIC + "numbers.js");
const { buildTree } = await import(STATIC + "tree.js");

const statuses = new Statuses(NAMES, UNSEEN);
const ORDER = [NAN, INF, STALE, NONE, ZERO, OK, FROZEN, SKIPPED, UNSEEN];

test("the worst status is the one that the log's own order says", () => {
  for (let k = 1; k < ORDER.length; k++) assert.ok(statuses.rank[ORDER[k - 1]] > statuses.rank[ORDER[k]]);
  assert.deepEqual(STATUS_ORDER.filter((name) => name !== "unseen").sort(), [...NAMES].sort());
  for (const name of NAMES) assert.ok(STATUS_DEFINITIONS[name].length > 20, name);
});

test("a status of a later version is drawn like ok, and hides no problem", () => {
  const later = new Statuses([...NAMES, "novel"], UNSEEN);
  assert.equal(later.rank[8], later.rank[OK]);
  assert.ok(later.rank[ZERO] > later.rank[8]);
  assert.equal(later.bad[8], 0);
});

test("pooled columns say what a slow look at every cell says", () => {
  const random = randomOf(7);
  for (let round = 0; round < 60; round++) {
    const columns = 1 + Math.floor(random() * 60);
    const rows = Array.from({ length: 3 }, () => Array.from({ length: columns }, () => ORDER[Math.floor(random() * ORDER.length)]));
    const norms = rows.map((row) => row.map(() => Math.floor(random() * 65536)));
    const grid = gridOf(rows, { norms });
    const wanted = 1 + Math.floor(random() * 20);
    const pooled = sliceGrid(grid, null, null, wanted, statuses);
    assert.equal(pooled.columns, Math.min(columns, wanted));
    for (let row = 0; row < 3; row++) {
      for (let c = 0; c < pooled.columns; c++) {
        const steps = Array.from({ length: columns }, (_, k) => k).filter((k) => k >= pooled.first[c] && k <= pooled.last[c]);
        const worst = ORDER.find((one) => steps.some((k) => rows[row][k] === one));
        assert.equal(pooled.status[row * pooled.columns + c], worst);
        assert.equal(pooled.norms[row * pooled.columns + c], Math.max(...steps.map((k) => norms[row][k])));
      }
    }
  }
});

test("one bad step of one parameter among 300 is told by every module around it", () => {
  const parameters = Array.from({ length: 300 }, (_, k) => ({ name: `net.${k % 5}.block.${k}.weight` }));
  const rows = parameters.map((_, k) => [OK, k === 123 ? NAN : OK, FROZEN]);
  const tree = buildTree(parameters);
  const lines = new Lines(gridOf(rows), statuses, Int32Array.from(parameters.keys()));
  const walk = (node) => {
    const line = lines.of(node);
    assert.equal(line.status[1], node.parameters.includes(123) ? NAN : OK);
    assert.equal(line.status[2], FROZEN);
    if (node.leaf === null) {
      assert.equal(line.counts[1], node.parameters.includes(123) ? 1 : node.parameters.length);
      assert.equal(line.totals[1], node.parameters.length);
      assert.ok(line.share[1] >= 80, "a third of the height at least");
      assert.equal(line.under[1], node.parameters.length > 1 ? OK : line.status[1]);
    }
    node.kids.forEach(walk);
  };
  walk(tree);
});

test("parameters that are filtered away do not count in their modules", () => {
  const parameters = [{ name: "a.x" }, { name: "a.y" }, { name: "a.z" }];
  const tree = buildTree(parameters);
  const lines = new Lines(gridOf([[OK], [NAN], [ZERO]]), statuses, Int32Array.from([0, 1, 2]), new Set([0, 2]));
  const line = lines.of(tree);
  assert.deepEqual([line.status[0], line.counts[0], line.totals[0]], [ZERO, 1, 2]);
});

test("a parameter that the grid does not have yet is unseen, not somebody else's row", () => {
  const lines = new Lines(gridOf([[NAN]]), statuses, Int32Array.from([-1, 5, 0]));
  assert.equal(lines.leaf(0).status[0], UNSEEN);
  assert.equal(lines.leaf(1).status[0], UNSEEN);
  assert.equal(lines.leaf(2).status[0], NAN);
});

test("a summary counts parameters, not cells", () => {
  const grid = gridOf([[OK, NAN, NAN], [NONE, NONE, NONE], [OK, OK, FROZEN]]);
  const { worst, problem, rowsWith, perColumn, tallest } = summarise(grid, statuses);
  assert.deepEqual([...worst], [NAN, NONE, OK]);
  assert.deepEqual([...problem], [1, 1, 0]);
  assert.deepEqual([rowsWith[OK], rowsWith[NAN], rowsWith[NONE], rowsWith[FROZEN]], [2, 1, 1, 1]);
  assert.deepEqual([...perColumn.get(NAN)], [0, 1, 1]);
  assert.equal(tallest, 2);
});

test("a line in words has each run of equal statuses once, and nothing of what was not seen", () => {
  const grid = gridOf([[OK, OK, NAN, UNSEEN, OK]]);
  assert.deepEqual(statusRuns({ status: grid.status }, grid, statuses), [
    { code: OK, first: 0, last: 1 },
    { code: NAN, first: 2, last: 2 },
    { code: OK, first: 4, last: 4 },
  ]);
});

test("norm codes are read as the log writes them", () => {
  const norms = new NormCodes(CODING);
  for (const norm of [1e-30, 3.7e-5, 1, 123.4, 1e30]) assert.ok(Math.abs(norms.value(code(norm)) / norm - 1) < 0.006);
  assert.deepEqual([0, 1, 65534, 65535].map((one) => norms.text(one)), ["none", "0", "inf", "nan"]);
  assert.ok(!norms.ordinary(0) && !norms.ordinary(65535) && norms.ordinary(2));
  assert.equal(normRange(gridOf([[NONE]], { norms: [[0]] }), norms), null);
  assert.deepEqual(normRange(gridOf([[OK, OK]], { norms: [[code(2), code(4)]] }), norms), [code(2), code(4)]);
});

test("a curve of the page's own data leaves special codes out of the low ones", () => {
  const { curves } = curvesOf(gridOf([[OK, INF, NAN]], { norms: [[code(3), 65534, 65535]] }), [0, 9], CODING);
  assert.equal(curves.length, 1);
  assert.deepEqual(curves[0].low, [code(3), 0, 0]);
});

test("numbers read as people write them", () => {
  assert.deepEqual([0.01149, 0, 1234, 123456, 1e-7, Infinity, NaN, null].map(normText), ["0.0115", "0", "1230", "1.2e5", "1.0e-7", "inf", "nan", "none"]);
  assert.deepEqual([999, 12345, 262144, 1e6, 7.25e9].map(shortCount), ["999", "12.3k", "262k", "1M", "7.3B"]);
  assert.equal(stepsText(7, 7), "step 7");
  assert.equal(stepsText(0, 1999), "steps 0 to 1,999");
});
