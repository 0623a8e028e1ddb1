"""What an audit costs, measured here and now. `make bench` is this.

    python -m benchmarks.overhead                  all, in half an hour; writes docs/overhead.md
    python -m benchmarks.overhead --quick          2 minutes, few cases; only prints
    python -m benchmarks.overhead --only gpt wide  these models only; only prints
    python -m benchmarks.overhead --page           writes the page from the JSON that is there

Each model is measured by a process of its own (`benchmarks.cases`), in which audited and bare steps
alternate; what else is measured is in `benchmarks.figures`. This process imports no torch.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import overhead_page
from benchmarks.environment import ROOT, load, machine, python
from benchmarks.targets import MODELS

RESULTS = ROOT / "benchmarks" / "results" / "overhead.json"


def measured(names: list[str], *, seconds: float, quick: bool, figures: bool) -> dict[str, Any]:
    """The whole result, as it is written to JSON."""
    began = time.monotonic()
    about: dict[str, Any] = {**machine(), "seconds_per_case": seconds}
    more = ["--quick"] if quick else []
    models: dict[str, Any] = {}
    for name in names:
        arguments = ("-m", "benchmarks.cases", name, "--seconds", f"{seconds}", *more)
        try:
            models[name] = json.loads(python(*arguments))
        except RuntimeError as error:  # the others are still worth having; the page lacks this one
            print(f"{name} was left out: {error}", file=sys.stderr, flush=True)
    other = json.loads(python("-m", "benchmarks.figures", *more)) if figures else {}
    about["load_at_end"] = load()
    about["minutes"] = round((time.monotonic() - began) / 60, 1)
    return {"machine": about, "models": models, "figures": other}


def rounded(value: Any) -> Any:
    """Floats to five significant digits: more is noise, and changes with every run."""
    if isinstance(value, dict):
        return {str(k): rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.overhead", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--only", nargs="+", choices=MODELS, metavar="MODEL", default=None)
    parser.add_argument("--seconds", type=float, default=None, help="for each case, 6 if not said")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path, default=None, help="where to write the result as well")
    parser.add_argument("--page", action="store_true", help="only write the page from the JSON")
    chosen = parser.parse_args()
    if chosen.page:
        overhead_page.write(json.loads(RESULTS.read_text(encoding="utf-8")))
        return
    quick = chosen.quick
    seconds = chosen.seconds or (1.5 if quick else 6.0)
    names = chosen.only or [n for n in MODELS if not (quick and n == "tiny20000")]
    result = rounded(measured(names, seconds=seconds, quick=quick, figures=chosen.only is None))
    text = json.dumps(result, indent=1) + "\n"
    whole = chosen.only is None and not quick
    paths = [path for path in (chosen.json, RESULTS if whole else None) if path is not None]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    print(overhead_page.tables(result))
    if whole:
        overhead_page.write(result)


if __name__ == "__main__":
    main()
