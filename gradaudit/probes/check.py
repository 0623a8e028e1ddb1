"""`gradaudit.check`: one training step under full trace, judged. What tests call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from gradaudit.errors import UsageError
from gradaudit.events import OptimizerSeen, Status, StepTaken
from gradaudit.findings import Finding, Severity
from gradaudit.probes.watch import Watch, watch
from gradaudit.report import Report
from gradaudit.rules.remedies import remedy

EXPLAINED = ("GA104", "GA701", "GA702", "GA703")
"""Findings that stand for an exception of autograd's."""


def check(step: Callable[[], Any], model: Any, optimizer: Any = None) -> Report:
    """Run one training step and say what is wrong with its gradients.

    `step` is called once, without arguments: forward, backward, and whatever else belongs to the
    step. It does what it always does: where it calls `optimizer.step()`, the model is changed.
    Where no optimizer steps in it, the gradients are judged as one would find them that did.

    Args:
        step: one training step, as a function.
        model: what `gradaudit.watch` takes: a Module, a list or dict of them, or leaf tensors.
        optimizer: the optimizer, or several of them; None: those that step are found.

    Returns:
        The report. If the backward raised an error of autograd, it is a finding of the report, and
        `report.exception` has its text; it is not raised again.

    Raises:
        UsageError: `step` cannot be called, or no backward ran in it: then nothing was checked.
        Exception: whatever else `step` raises.

    """
    if not callable(step):
        given = "a tensor" if isinstance(step, torch.Tensor) else f"{type(step).__name__}"
        raise UsageError(
            f"expected `step` to be a function that runs one training step, got {given}: write "
            "gradaudit.check(lambda: train_step(batch), model)"
        )
    audit = watch(model, optimizer, trace="always", on_finding="silent")
    error: Exception | None = None
    stepped = True
    try:
        step()
    except Exception as raised:
        error = raised
        audit._probe.explain(raised)
    else:
        stepped = _stepped(audit)
    finally:
        audit.close(None if error is None else f"{type(error).__name__}: {error}")
    report = audit.report()
    if error is not None:
        if not any(finding.code in EXPLAINED for finding in report.findings):
            raise error
    elif not report.backwards:
        raise UsageError(
            "expected `step` to run a backward, got one that ran none: call loss.backward() in it, "
            "and hand over the function itself (check(step, model), not check(step(), model))"
        )
    nothing = _nothing_arrived(audit, report) if error is None else None
    findings = report.findings if nothing is None else (nothing, *report.findings)
    return replace(report, findings=findings, steps=report.steps if stepped else 0)


def _stepped(audit: Watch) -> bool:
    """Did an optimizer step? If none did, judge as if one did now, with all that it holds."""
    history = audit._auditor.history
    audit.report()  # a step that the function made by hand shows in the values
    if history.step or not history.backwards:
        return True
    held = {index: one.held for index, one in history.optimizers.items()}
    if not held:
        everything = np.flatnonzero(history.trainable).astype(np.int32)
        held = {0: everything}
        groups = np.zeros(len(everything), np.int32)
        audit._auditor.feed(
            OptimizerSeen(optimizer=0, name="an optimizer of all", held=everything, groups=groups)
        )
    for index, indices in held.items():
        audit._auditor.feed(
            StepTaken(
                optimizer=index,
                number=0,
                held=indices.copy(),
                status=history.status[indices],
                norm=history.norm[indices],
                frozen=~history.trainable[indices],
            )
        )
    return False


def _nothing_arrived(audit: Watch, report: Report) -> Finding | None:
    """GA101 itself waits for a second step before it says that nothing at all arrived."""
    history = audit._auditor.history
    expected = np.flatnonzero(history.trainable).tolist()
    told = any(finding.code in ("GA101", "GA104") for finding in report.findings)
    if told or not expected or bool((history.status[expected] != Status.NONE).any()):
        return None
    if not audit._auditor.settings.wants("GA101"):
        return None
    causes = Counter(
        trace.causes[number]
        for trace in history.traces
        for i in expected
        if i < len(trace.cause_of) and (number := int(trace.cause_of[i])) >= 0
    )
    cause = causes.most_common(1)[0][0] if causes else None
    return Finding(
        code="GA101",
        name="missing-gradient",
        severity=Severity.ERROR,
        message="nothing of what is checked got a gradient in this step, though a backward ran",
        fix=remedy(
            cause,
            "check that the loss is computed with these parameters, and that its result is not "
            "detached on the way",
        ),
        parameters=tuple(history.names(expected)),
        cause=cause,
    )
