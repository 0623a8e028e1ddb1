"""Every class of the AutoModel mappings that the recipes can build, and what is said of each.

`python -m tests.zoo.wide` trains them all (some 15 minutes on a core) and writes `said.json`: the
expected words, which the slow test compares and checks against plain PyTorch besides.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradaudit
from gradaudit.report import Report
from tests.zoo.architectures import Architecture, batches, build
from tests.zoo.verdicts import lies

SAID = Path(__file__).parent / "said.json"
STEPS = 3
SECONDS_AT_MOST = 12


def classes() -> list[str]:
    """Names of all model classes of transformers that an AutoModel can give."""
    import transformers.models.auto.modeling_auto as auto

    found: dict[str, None] = {}
    for mapping in sorted(vars(auto)):
        if not (mapping.startswith("MODEL") and mapping.endswith("_MAPPING_NAMES")):
            continue
        for value in getattr(auto, mapping).values():
            found |= dict.fromkeys(value if isinstance(value, tuple | list) else [value])
    return list(found)


def said(report: Report) -> list[str]:
    """The findings in short: code, severity, kind of cause, module or first parameter, how many."""
    lines: list[str] = []
    for finding in report.findings:
        cause = finding.cause
        kind = cause.kind if cause is not None else "-"
        where = (cause.module if cause is not None else None) or finding.parameters[0]
        words = (finding.code, finding.severity, kind, where, len(finding.parameters))
        lines.append(" ".join(map(str, words)))
    return sorted(lines)


def judge(name: str, *, trace: Any = "auto") -> tuple[list[str], list[str], bool]:
    """What is said of the class, which of it is not true, and whether the losses are the same."""
    import torch

    from tests.zoo.training import observe, train

    architecture = Architecture(name)
    model = build(architecture)
    given = batches(architecture, model, STEPS)
    truth = observe(model, torch.optim.SGD(model.parameters(), lr=1e-3), given)
    model = build(architecture)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with gradaudit.watch(model, optimizer, trace=trace, on_finding="silent") as audit:
        losses = train(model, optimizer, given)
    report = audit.report()
    same = repr(losses) == repr(truth.losses)
    return said(report), lies(report, truth, model, traced=trace != "off"), same


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def too_long(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def main() -> None:
    """Train all, and write what was said of those that could be built and of which all is true."""
    import transformers

    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    for name in (names := classes()):
        getattr(transformers, name, None)
    gc.collect()
    gc.freeze()
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        try:
            with _at_most(SECONDS_AT_MOST):
                lines, wrong, same = judge(name)
        except Exception as error:  # the recipe does not fit: nothing about the audit
            print("-", name, type(error).__name__, str(error)[:90].replace("\n", " "), flush=True)
            continue
        if wrong or not same:
            print("LIES", name, wrong, same, flush=True)
        found[name] = lines
        if len(found) % 25 == 0:
            SAID.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    SAID.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(len(found), "of", len(names), file=sys.stderr)


if __name__ == "__main__":
    main()
