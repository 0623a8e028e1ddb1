// The colours are measured: contrast of text as WCAG 2 defines it, and distance between statuses
// for common vision and for three kinds of colour blindness (matrices of Machado, Oliveira and
// Fernandes 2009, severity 1, on linear RGB), as CIE76 distance in L*a*b*.
import assert from "node:assert/strict";
import { test } from "node:test";
import { STATIC } from "./logs.js";
const { PALETTES, channels, mixed, packed, rampOf } = await import(STATIC + "palette.js");

const SIGHTS = {
  common: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};
const linear = (hex) => channels(hex).map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
const luminance = (hex) => linear(hex).reduce((sum, one, k) => sum + one * [0.2126, 0.7152, 0.0722][k], 0);
const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);

function lab(hex, sight) {
  const [r, g, b] = linear(hex);
  const seen = [0, 3, 6].map((k) => Math.max(0, Math.min(1, sight[k] * r + sight[k + 1] * g + sight[k + 2] * b)));
  const xyz = [
    (0.4124564 * seen[0] + 0.3575761 * seen[1] + 0.1804375 * seen[2]) / 0.95047,
    0.2126729 * seen[0] + 0.7151522 * seen[1] + 0.072175 * seen[2],
    (0.0193339 * seen[0] + 0.119192 * seen[1] + 0.9503041 * seen[2]) / 1.08883,
  ].map((one) => (one > 0.008856 ? Math.cbrt(one) : 7.787 * one + 16 / 116));
  return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
}
const distance = (a, b, sight) => Math.hypot(...lab(a, sight).map((one, k) => one - lab(b, sight)[k]));

function nearest(colours, sight) {
  const names = Object.keys(colours);
  let least = [Infinity];
  for (const a of names) for (const b of names) {
    if (a < b) least = [Math.min(least[0], distance(colours[a], colours[b], sight)), ...(distance(colours[a], colours[b], sight) < least[0] ? [a, b] : least.slice(1))];
  }
  return least;
}

for (const [mode, palette] of Object.entries(PALETTES)) {
  for (const [sight, matrix] of Object.entries(SIGHTS)) {
    test(`${mode}: problems stay apart from each other and from ok, ${sight}`, () => {
      const { ok, zero, none, stale, inf, nan } = palette.status;
      const [least, ...pair] = nearest({ ok, zero, none, stale, inf, nan }, matrix);
      assert.ok(least >= 18, `${pair}: ${least.toFixed(1)}`);
    });
    test(`${mode}: the four kinds of difference stay apart, ${sight}`, () => {
      const [least, ...pair] = nearest(palette.difference, matrix);
      assert.ok(least >= 18, `${pair}: ${least.toFixed(1)}`);
    });
    test(`${mode}: ok, frozen and skipped stay apart, ${sight}`, () => {
      const { ok, frozen, skipped } = palette.status;
      const [least, ...pair] = nearest({ ok, frozen, skipped }, matrix);
      assert.ok(least >= 7, `${pair}: ${least.toFixed(1)}`);
    });
  }
  test(`${mode}: text has a contrast of 4.5 to 1 on everything it stands on, controls 3 to 1`, () => {
    const { page, status } = palette;
    for (const ground of ["bg", "soft", "card", "chip"]) {
      for (const text of ["text", "text2", "muted"]) assert.ok(contrast(page[text], page[ground]) >= 4.5, `${text} on ${ground}: ${contrast(page[text], page[ground]).toFixed(2)}`);
    }
    for (const ground of ["bg", "soft", "card"]) {
      for (const text of ["accent", "error", "warning", "info"]) assert.ok(contrast(page[text], page[ground]) >= 4.5, `${text} on ${ground}: ${contrast(page[text], page[ground]).toFixed(2)}`);
    }
    assert.ok(contrast(page.onaccent, page.accent) >= 4.5);
    assert.ok(contrast(page.edge, page.bg) >= 3, "the edge of controls");
    assert.ok(contrast(palette.hatch.none, status.none) >= 2, "the hatch of none");
  });
}

test("packed colours are what a canvas reads back, and ramps begin and end where they say", () => {
  assert.deepEqual([...new Uint8Array(Uint32Array.of(packed([1, 2, 3])).buffer)], [1, 2, 3, 255]);
  assert.deepEqual(mixed([0, 0, 0], [10, 20, 30], 0.5), [5, 10, 15]);
  const ramp = rampOf(["#000000", "#ff0000", "#ffffff"]);
  assert.equal(ramp[0], packed([0, 0, 0]));
  assert.equal(ramp[255], packed([255, 255, 255]));
});
