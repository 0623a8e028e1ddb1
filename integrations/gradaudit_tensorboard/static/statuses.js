// The statuses of a gradient: their order, and what each of them means.

/** From the least telling to the worst. Where several fall together, the last in here is shown. */
export const STATUS_ORDER = ["unseen", "skipped", "frozen", "ok", "zero", "none", "stale", "inf", "nan"];

/** One line for each, as the legend and the table tell it. */
export const STATUS_DEFINITIONS = {
  ok: "a finite gradient that is not all zeros was there at the step",
  none: "no gradient at all: .grad was None",
  zero: "a gradient was there, and every value in it was exactly 0",
  stale: "added onto a gradient that an earlier step had already used",
  inf: "at least one value was infinite, and none was NaN",
  nan: "at least one value was NaN",
  frozen: "requires_grad was False",
  skipped: "not judged: empty, not yet made, or kept by another engine",
  unseen: "nothing was recorded for this parameter in these steps",
};

/** What the cells of a difference say, by code. */
export const DIFFERENCE_NAMES = ["neither", "both", "worse in B", "worse in A"];
export const DIFFERENCE_DEFINITIONS = {
  neither: "no problem in either run",
  both: "the same problem in both runs",
  "worse in B": "a problem, or a worse one, in run B only",
  "worse in A": "a problem, or a worse one, in run A only",
};

const BAD_STATUSES = new Set(["zero", "none", "stale", "inf", "nan"]);

/** The status codes of one log: their names, and how they rank. */
export class Statuses {
  /** `names`: name of each code; `unseen`: the code that says that nothing was recorded. */
  constructor(names, unseen = 255, order = STATUS_ORDER, bad = BAD_STATUSES) {
    this.names = names;
    this.unseen = unseen;
    /** Rank by code, 0 for unseen. A name of a later version than this page ranks as ok does. */
    this.rank = new Uint8Array(256);
    /** 1 for codes of problems. */
    this.bad = new Uint8Array(256);
    names.forEach((name, code) => {
      const place = order.indexOf(name);
      this.rank[code] = place < 0 ? Math.max(1, order.indexOf("ok") + 1) : place + 1;
      this.bad[code] = bad.has(name) ? 1 : 0;
    });
    this.rank[unseen] = 0;
    this.bad[unseen] = 0;
  }

  /** The name of a code; codes without one are "unseen". */
  name(code) {
    return code === this.unseen ? "unseen" : (this.names[code] ?? "unseen");
  }

  /** The codes from the worst to the least telling. */
  worstFirst() {
    return this.names.map((_, code) => code).sort((a, b) => this.rank[b] - this.rank[a]);
  }
}

/** The codes of a difference. */
export function differenceStatuses() {
  return new Statuses(DIFFERENCE_NAMES, 255, DIFFERENCE_NAMES, new Set(["worse in A", "worse in B"]));
}
