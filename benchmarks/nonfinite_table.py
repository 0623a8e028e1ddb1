"""Makes docs/nonfinite.md: the catalogue of NaN and Inf under gradaudit and under detect_anomaly.

    python -m benchmarks.nonfinite_table [--check]

Every case of tests/nonfinite/catalogue.py is trained for two steps, once in `gradaudit.watch` (as
it comes, with no option) and once under `torch.autograd.set_detect_anomaly(True)`. What each of
them names is compared with the operation and the line that the case says it was born in.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch

import gradaudit
from tests.nonfinite import catalogue
from tests.nonfinite.catalogue import CASES, KINDS, OPS, born_at, build

PAGE = Path(__file__).parents[1] / "docs" / "nonfinite.md"
FILE = str(Path(catalogue.__file__))
BEGIN, END = "<!-- the table begins -->", "<!-- the table ends -->"
AUTOGRAD_NAMES = {
    "half": ("ToCopy",), "matmul": ("Mm",), "layer_norm": ("NativeLayerNorm",),
    "cross_entropy": ("NllLoss",), "normalize": ("Div",),
}  # fmt: skip
"""What autograd calls the backward of an operation, where it is not the operation's own name."""


@dataclass(frozen=True)
class Answer:
    """What a tool named: an operation and a line of the catalogue (None: nothing)."""

    op: str | None
    line: int | None


def ask_gradaudit(name: str) -> Answer:
    """The cause of its first finding on non-finite values."""
    model, loss_of = build(name)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001)
    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(2):
            loss = loss_of(torch.randn(3, 4))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    for finding in audit.report().findings:
        if finding.code in ("GA201", "GA202"):
            cause = finding.cause
            return Answer(None, None) if cause is None else Answer(cause.op, cause.line)
    return Answer(None, None)


def ask_anomaly_mode(name: str) -> Answer:
    """The function in its error, and the line of the forward that it warns of."""
    _, loss_of = build(name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with torch.autograd.set_detect_anomaly(True):
                loss_of(torch.randn(3, 4)).backward()
        except RuntimeError as error:
            match = re.search(r"Function '(\w+)' returned nan", str(error))
            text = "".join(str(w.message) for w in caught)
            lines = re.findall(rf'File "{re.escape(FILE)}", line (\d+)', text)
            own = [int(n) for n in lines if int(n) in _lines_of(name)]
            return Answer(match[1] if match else None, own[-1] if own else _last(lines))
    return Answer(None, None)


def _lines_of(name: str) -> range:
    lines, start = inspect.getsourcelines(CASES[name])
    return range(start, start + len(lines))


def _last(lines: list[str]) -> int | None:
    return int(lines[-1]) if lines else None


def is_right_op(name: str, op: str | None) -> bool:
    """The same operation, by torch's name or by that of its backward."""
    if op is None:
        return False
    flat = op.lower().replace("_", "")
    words = (OPS[name], *AUTOGRAD_NAMES.get(OPS[name], ()))
    return any(word.lower().replace("_", "") in flat for word in words)


def rows() -> list[tuple[str, ...]]:
    """One for each case: name, what it is, and for both tools op and line right or wrong."""
    table: list[tuple[str, ...]] = []
    for name, function in CASES.items():
        line = born_at(function)
        source = inspect.getsource(function).splitlines()
        code = next(t for t in source if "# BORN" in t).partition("# BORN")[0].strip()
        cells: list[str] = []
        for answer in (ask_gradaudit(name), ask_anomaly_mode(name)):
            op, same = is_right_op(name, answer.op), answer.line == line
            said = "nothing" if answer.op is None else f"`{answer.op}`"
            cells += ["right" if op else "wrong" if answer.op else "none",
                      "right" if same else "wrong" if answer.line else "none", said]  # fmt: skip
        what = "input" if KINDS[name] == "nonfinite-input" else "op"
        table.append((name.replace("_", " "), f"`{code}`", what, *cells[:2], *cells[3:5], cells[5]))
    return table


def table() -> str:
    """The rows as Markdown, with a line of sums."""
    found = rows()
    head = (
        "| case | the line | born of | gradaudit: op | line "
        "| detect_anomaly: op | line | it says |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    body = "".join("| " + " | ".join(c.replace("|", "\\|") for c in r) + " |\n" for r in found)
    sums = [sum(row[i] == "right" for row in found) for i in (3, 4, 5, 6)]
    counts = " | ".join(f"**{n} of {len(found)}**" for n in sums)
    return f"{head}{body}| **right** | | | {counts} | |\n"


def main() -> int:
    """Write the table into the page, or say whether it is there."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    new = f"{before}{BEGIN}\n\n{table()}\n{END}{after}"
    if "--check" in sys.argv:
        return int(new != text)
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
