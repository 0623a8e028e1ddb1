// Norms as the log codes them, and numbers as people read them.

/** Norm codes of 16 bits: `2 ** (code / scale - bias)`, and four codes with meanings of their own. */
export class NormCodes {
  /** `coding`: the `norm` table of a schema. */
  constructor(coding) {
    this.coding = coding;
    this.special = new Set([coding.none, coding.zero, coding.inf, coding.nan]);
  }

  /** Whether a code stands for a positive finite norm. */
  ordinary(code) {
    return code >= this.coding.first && !this.special.has(code);
  }

  /** The base-2 logarithm behind an ordinary code. */
  log2(code) {
    return code / this.coding.scale - this.coding.bias;
  }

  /** The norm as a number: null for none, 0, Infinity and NaN for what they are. */
  value(code) {
    if (code === this.coding.none) return null;
    if (code === this.coding.zero) return 0;
    if (code === this.coding.inf) return Infinity;
    if (code === this.coding.nan) return NaN;
    return code >= this.coding.first ? 2 ** this.log2(code) : null;
  }

  /** The norm in words. */
  text(code) {
    return normText(this.value(code));
  }
}

/** A norm with three digits; null is "none". */
export function normText(value) {
  if (value === null || value === undefined) return "none";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(1).replace("e+", "e");
  return String(Number(value.toPrecision(3)));
}

/** A whole number with its thousands apart. */
export function wholeText(value) {
  return Math.round(value).toLocaleString("en");
}

/** A count in short: 1.2k, 3.4M. */
export function shortCount(value) {
  if (value >= 1e9) return trimmed(value / 1e9) + "B";
  if (value >= 1e6) return trimmed(value / 1e6) + "M";
  if (value >= 1e4) return trimmed(value / 1e3) + "k";
  return wholeText(value);
}

function trimmed(value) {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1).replace(/\.0$/, "");
}

/** "1 step", "5 steps". */
export function counted(number, word) {
  return `${wholeText(number)} ${word}${number === 1 ? "" : "s"}`;
}

/** "step 7" or "steps 7 to 12". */
export function stepsText(first, last) {
  return first === last ? `step ${wholeText(first)}` : `steps ${wholeText(first)} to ${wholeText(last)}`;
}
