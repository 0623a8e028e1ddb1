// The colours, for light and for dark. The statuses stay apart for people who see no red, no green
// or no blue (tests measure it), and "none" and "skipped" carry a pattern besides.

/** Colours as #rrggbb. `hatch`: the second colour of a pattern. */
export const PALETTES = {
  light: {
    page: {
      bg: "#ffffff", soft: "#f7f8fa", card: "#ffffff", text: "#202124", text2: "#3c4550", muted: "#5f6873",
      line: "#dfe3e8", edge: "#8a929c", chip: "#eef1f4", accent: "#1967d2", onaccent: "#ffffff",
      error: "#b3261e", warning: "#8a5300", info: "#1967d2",
    },
    status: {
      ok: "#cfe8dc", frozen: "#b4bdc9", skipped: "#faf7f4", unseen: "#ffffff", zero: "#f4c62f", none: "#8d97a3",
      stale: "#4a9be0", inf: "#6c22a6", nan: "#cf1f2e",
    },
    hatch: { none: "#47515d", skipped: "#9aa3ae" },
    difference: { neither: "#e8edf0", both: "#8d97a3", "worse in B": "#2f7fc9", "worse in A": "#e0651a" },
    ramp: ["#edf4f6", "#a8d3d7", "#3c95a9", "#124a72"],
    diverging: ["#1f5fa8", "#8fbbe3", "#eceff1", "#f0ac78", "#bf4a0a"],
    series: ["#1967d2", "#c25700", "#14804a", "#8430ce", "#b3265e", "#00798c"],
    shade: "rgba(255,255,255,0.74)", brush: "rgba(25,103,210,0.18)", cross: "rgba(32,33,36,0.55)",
  },
  dark: {
    page: {
      bg: "#303030", soft: "#383838", card: "#3d3d3d", text: "#f2f2f2", text2: "#d5d8dc", muted: "#b0b6be",
      line: "#4b4b4b", edge: "#868d96", chip: "#474747", accent: "#8ab8ff", onaccent: "#202124",
      error: "#ff9b93", warning: "#ffcf70", info: "#9cc3ff",
    },
    status: {
      ok: "#34564c", frozen: "#6a7480", skipped: "#3a3b3d", unseen: "#303030", zero: "#f2c744", none: "#98a2af",
      stale: "#6db8fb", inf: "#9550e6", nan: "#ff616b",
    },
    hatch: { none: "#4c5560", skipped: "#6d747d" },
    difference: { neither: "#42484c", both: "#98a2af", "worse in B": "#62aef5", "worse in A": "#ff9142" },
    ramp: ["#2a3a47", "#25667a", "#4aa9a6", "#d3f0e4"],
    diverging: ["#8cc4ff", "#44709d", "#464b4f", "#9c6036", "#ffa760"],
    series: ["#8ab8ff", "#ffb366", "#7ddba6", "#dda3ff", "#ff9cbb", "#6fd6e5"],
    shade: "rgba(48,48,48,0.74)", brush: "rgba(138,184,255,0.28)", cross: "rgba(255,255,255,0.6)",
  },
};

/** [red, green, blue] of #rrggbb. */
export function channels(hex) {
  const number = parseInt(hex.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

/** The colour as one number of a canvas' image data (little endian). */
export function packed([red, green, blue]) {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A colour between two, `share` 0 to 1. */
export function mixed(one, other, share) {
  return one.map((value, k) => Math.round(value + (other[k] - value) * share));
}

/** `count` packed colours along a list of colours. */
export function rampOf(hexes, count = 256) {
  const stops = hexes.map(channels);
  return Uint32Array.from({ length: count }, (_, i) => {
    const at = (i / (count - 1)) * (stops.length - 1);
    const below = Math.min(stops.length - 2, Math.floor(at));
    return packed(mixed(stops[below], stops[below + 1], at - below));
  });
}

/** Writes the colours into the custom properties of the page, which is where the CSS finds them. */
export function applyPalette(root, dark) {
  const palette = dark ? PALETTES.dark : PALETTES.light;
  for (const [name, colour] of Object.entries(palette.page)) root.style.setProperty(`--${name}`, colour);
  for (const [name, colour] of Object.entries(palette.status)) root.style.setProperty(`--s-${name}`, colour);
  for (const [name, colour] of Object.entries(palette.hatch)) root.style.setProperty(`--h-${name}`, colour);
  for (const [name, colour] of Object.entries(palette.difference)) {
    root.style.setProperty(`--d-${name.replaceAll(" ", "-")}`, colour);
  }
  root.style.setProperty("--ramp", `linear-gradient(to right, ${palette.ramp.join(", ")})`);
  root.style.setProperty("--diverging", `linear-gradient(to right, ${palette.diverging.join(", ")})`);
  root.style.setProperty("color-scheme", dark ? "dark" : "light");
  root.classList.toggle("dark", dark);
  return palette;
}
