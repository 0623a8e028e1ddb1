"""One class of every second model type of the AutoModel mappings, and what is said of each.

`python -m tests.zoo.wide` trains them and writes `said.json`, the expected words, of those of which
all is true; the slow test compares them and checks them against plain PyTorch besides.
"""

from __future__ import annotations

import gc
import json
import signal
import sys
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import gradaudit
from gradaudit.report import Report
from tests.zoo.architectures import Architecture, batches, build
from tests.zoo.names import FAMILIES
from tests.zoo.verdicts import lies

SAID = Path(__file__).parent / "said.json"
STEPS = 3
SECONDS_AT_MOST = 30

LEFT_OUT: dict[str, str] = {}
"""Classes that are not judged although they can be built, and why."""

TOLD_WRONGLY_ONCE = frozenset((
    "DeepseekV4Model", "DeepseekVLHybridModel", "FlavaModel", "GraniteSpeechModel",
    "LlavaNextModel", "LlavaOnevisionModel", "LukeForMaskedLM", "RfDetrModel",
    "Nemotron3DiarizationForAudioFrameClassification", "TapasForQuestionAnswering",
    "UniSpeechForPreTraining", "UniSpeechSatForPreTraining", "UnlimitedOcrModel",
    "Wav2Vec2ConformerModel", "Wav2Vec2ForPreTraining", "XLNetModel",
))  # fmt: skip


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
def _at_most(seconds: int) -> Generator[None]:
    def too_long(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def chosen() -> Iterator[tuple[str, ...]]:
    """Of each tuple the first class that can be built is taken: one for every second model type.

    Which one that is goes round, so that every kind of head occurs; those of the quick part and
    those that something wrong was said of once are always taken.
    """
    import transformers

    always = {name for names in FAMILIES.values() for name in names} | TOLD_WRONGLY_ONCE
    yield from ((name,) for name in sorted(always))
    of_type: dict[str, list[str]] = {}
    for name in sorted(set(classes()) - always):
        kind = None
        with suppress(ImportError):  # a package that it needs is not installed
            kind = getattr(getattr(transformers, name, None), "config_class", None)
        if kind is not None:
            of_type.setdefault(kind.model_type, []).append(name)
    for number, names in enumerate(of_type[one] for one in sorted(of_type)[::2]):
        first = number % len(names)
        yield (*names[first:], *names[:first])


def main() -> int:
    """Train them, and write what was said; 1 where some of it is not true."""
    import transformers

    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    several = list(chosen())
    gc.collect()
    gc.freeze()
    found: dict[str, list[str]] = {}
    wrong: list[str] = []
    for names in several:
        for name in names:
            if name in LEFT_OUT:
                continue
            try:
                with _at_most(SECONDS_AT_MOST):
                    lines, untrue, same = judge(name)
            except Exception as error:  # the recipe does not fit: nothing about the audit
                print("-", name, type(error).__name__, str(error)[:90].replace("\n", " "))
                continue
            if untrue or not same:
                wrong.append(name)
                print("NOT TRUE", name, untrue, same, flush=True)
                continue
            found[name] = lines
            break
    SAID.write_text(json.dumps(dict(sorted(found.items())), indent=1) + "\n", encoding="utf-8")
    print(len(found), "classes;", len(wrong), "with something that is not true", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
