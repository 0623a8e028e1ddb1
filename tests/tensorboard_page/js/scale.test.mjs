import assert from "node:assert/strict";
import { test } from "node:test";
import { STATIC, randomOf } from "./logs.js";
const { clampWindow, columnAt, columnEdges, logTicks, panWindow, pixelColumns, pixelOf, stepAt, stepTicks, zoomWindow } = await import(STATIC + "scale.js");

test("no column is lost, however many of them share a pixel, in any window", () => {
  const random = randomOf(1);
  for (let round = 0; round < 300; round++) {
    const first = [];
    let step = Math.floor(random() * 50);
    const columns = 1 + Math.floor(random() * 400);
    for (let c = 0; c < columns; c++) first.push((step += 1 + Math.floor(random() * 4)));
    const edges = columnEdges(first, first);
    const from = Math.floor(random() * step);
    const window = [from, from + 1 + Math.floor(random() * (step - from))];
    const width = 1 + Math.floor(random() * 500);
    const { low, high } = pixelColumns(edges, window, width);
    const shown = new Set();
    for (let x = 0; x < width; x++) for (let c = low[x]; low[x] >= 0 && c <= high[x]; c++) shown.add(c);
    for (let c = 0; c < columns; c++) {
      const inside = first[c] >= window[0] && first[c] <= window[1];
      if (inside) assert.ok(shown.has(c), `column ${c} of ${columns} in ${width} pixels, window ${window}`);
      if (first[c] > window[1] || edges.ends[c] <= window[0]) assert.ok(!shown.has(c));
    }
  }
});

test("columns wider than pixels follow each other without a gap, and each pixel shows one", () => {
  const edges = columnEdges([0, 1, 2, 3], [0, 1, 2, 3]);
  const { low, high } = pixelColumns(edges, [0, 3], 40);
  assert.deepEqual([...low], [...high]);
  assert.deepEqual([...low], Array.from({ length: 40 }, (_, x) => Math.floor(x / 10)));
});

test("a column that began before the window is seen at its left edge", () => {
  const edges = columnEdges([0, 100, 200], [99, 199, 299]);
  const { low } = pixelColumns(edges, [150, 250], 101);
  assert.equal(low[0], 1);
  assert.equal(low[49], 1);
  assert.equal(low[50], 2);
});

test("a long gap stays blank, as between a run and its resumption; a steady stride does not", () => {
  const strided = columnEdges([0, 10, 20, 30], [0, 10, 20, 30]);
  assert.deepEqual([...strided.ends], [10, 20, 30, 31]);
  const resumed = columnEdges([0, 1, 2, 900, 901], [0, 1, 2, 900, 901]);
  assert.deepEqual([...resumed.ends], [1, 2, 3, 901, 902]);
  assert.equal(columnAt(resumed, 500), -1);
  assert.equal(columnAt(resumed, 2), 2);
  assert.equal(columnAt(resumed, 901), 4);
});

test("a step's pixel and a pixel's step agree", () => {
  for (const step of [100, 101, 150, 199]) assert.equal(stepAt(pixelOf(step + 0.5, 777, [100, 199]), 777, [100, 199]), step);
  assert.equal(stepAt(-5, 100, [0, 9]), 0);
  assert.equal(stepAt(105, 100, [0, 9]), 9);
});

test("moving a window past an end keeps its length", () => {
  assert.deepEqual(panWindow([80, 99], [0, 99], 50), [80, 99]);
  assert.deepEqual(panWindow([10, 29], [0, 99], -50), [0, 19]);
  assert.deepEqual(clampWindow([-30, 500], [0, 99]), [0, 99]);
});

test("zooming in and out ends at two steps and at all of them, and always moves on the way", () => {
  let window = [0, 4999];
  for (let k = 0; k < 40; k++) {
    const next = zoomWindow(window, [0, 4999], 0.5, 1234);
    assert.ok(next[0] <= 1234 && next[1] >= 1234, `${next}`);
    assert.ok(next[1] - next[0] < window[1] - window[0] || next[1] - next[0] === 1);
    window = next;
  }
  assert.equal(window[1] - window[0], 1);
  for (let k = 0; k < 40; k++) window = zoomWindow(window, [0, 4999], 2, 1234);
  assert.deepEqual(window, [0, 4999]);
});

test("ticks are round, few and inside", () => {
  assert.deepEqual(stepTicks(0, 1999, 8), [0, 500, 1000, 1500]);
  for (const [from, to] of [[3, 4], [0, 7], [123, 45678]]) {
    const ticks = stepTicks(from, to, 6);
    assert.ok(ticks.length <= 8 && ticks.every((one) => Number.isInteger(one) && one >= from && one <= to));
  }
  for (const [low, high] of [[-9, 3], [-2, -1.2], [0.3, 0.35], [-20, 300]]) {
    const ticks = logTicks(low, high);
    assert.ok(ticks.length >= 1 && ticks.length <= 14, `${low} to ${high}: ${ticks.length}`);
    assert.ok(ticks.every(({ at }) => at >= low - 1e-9 && at <= high + 1e-9));
  }
});
