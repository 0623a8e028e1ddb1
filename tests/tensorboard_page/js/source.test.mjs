import assert from "node:assert/strict";
import { deflateSync, gzipSync } from "node:zlib";
import { test } from "node:test";
import { CODING, NAMES, NAN, OK, STATIC, UNSEEN, ZERO, bytesOf, code, gridOf } from "./logs.js";
const { EmbeddedSource, HttpSource, parseGrid } = await import(STATIC + "source.js");

const schema = { parameters: [{ name: "a.weight" }, { name: "a.bias" }, { name: "b" }], statuses: NAMES, unseen: UNSEEN, norm: CODING };
const grid = gridOf([[OK, NAN, OK], [ZERO, ZERO, ZERO], [OK, OK, OK]], { norms: [[code(1), 65535, code(2)], [1, 1, 1], [code(4), code(8), code(2)]] });

test("a grid is read back cell by cell from the bytes that the interface describes", () => {
  const read = parseGrid(bytesOf(grid));
  assert.deepEqual([read.columns, read.rows, read.first, read.last], [3, 3, [0, 1, 2], [0, 1, 2]]);
  assert.deepEqual([...read.status], [...grid.status]);
  assert.deepEqual([...read.norms], [...grid.norms]);
});

test("a grid that is cut off anywhere is refused, never read beyond its end", () => {
  const whole = bytesOf(grid);
  for (let length = 0; length < whole.byteLength; length++) {
    assert.throws(() => parseGrid(whole.slice(0, length)), undefined, `${length} bytes`);
  }
});

test("the page's own data answers as the server does, in each encoding", async () => {
  const raw = Buffer.from(bytesOf(grid));
  for (const [encoding, bytes] of [["raw", raw], ["gzip", gzipSync(raw)], ["deflate", deflateSync(raw)]]) {
    const source = new EmbeddedSource({
      runs: [{ key: "r|0", run: "r", rank: 0 }],
      data: { "r|0": { schema, findings: { findings: [] }, grid: bytes.toString("base64"), encoding } },
    });
    assert.equal((await source.runs()).runs[0].key, "r|0");
    const all = await source.grid("r|0", {});
    assert.deepEqual([...all.status], [...grid.status]);
    const pooled = await source.grid("r|0", { cols: 1 });
    assert.deepEqual([...pooled.status], [NAN, ZERO, OK]);
    assert.deepEqual([pooled.first[0], pooled.last[0]], [0, 2]);
    const later = await source.grid("r|0", { from: 1, to: 2 });
    assert.deepEqual(later.first, [1, 2]);
    const { curves } = await source.curve("r|0", { parameters: [2, 0] });
    assert.deepEqual(curves.map((one) => one.index), [2, 0]);
    assert.deepEqual(curves[1].status, [OK, NAN, OK]);
    assert.equal(curves[1].low[1], CODING.none);
  }
});

test("a run that the page does not hold is refused by name, whatever its name is", async () => {
  const source = new EmbeddedSource({ runs: [], data: {} });
  for (const key of ["x|0", "__proto__", "constructor"]) await assert.rejects(source.schema(key), new RegExp(key.replace("|", "\\|")));
});

test("a report without cells is a grid without columns", async () => {
  const source = new EmbeddedSource({ runs: [], data: { "r|0": { schema, findings: { findings: [] }, grid: null } } });
  assert.equal((await source.grid("r|0", {})).columns, 0);
});

test("the server is asked with everything escaped, and its sentence is what an error says", async () => {
  const asked = [];
  globalThis.fetch = async (address) => {
    asked.push(String(address));
    return new Response(JSON.stringify({ error: "there is no such run" }), { status: 404 });
  };
  const source = new HttpSource(new URL("http://x/a/b/data/plugin/gradaudit/static/../"));
  await assert.rejects(source.grid("a&b=../c|0", { from: 1, to: 2, cols: 9 }), /there is no such run/);
  assert.equal(asked[0], "http://x/a/b/data/plugin/gradaudit/grid?key=a%26b%3D..%2Fc%7C0&from=1&to=2&cols=9&within=1000");
  globalThis.fetch = async () => new Response("<html>", { status: 502 });
  await assert.rejects(source.runs(), /502/);
});
