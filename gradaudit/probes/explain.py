"""`gradaudit.explain`: for a tensor in hand, why its `.grad` is None or what is wrong with it."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType
from typing import Any

import torch

from gradaudit.causes import Cause
from gradaudit.errors import UsageError
from gradaudit.events import Status
from gradaudit.probes import explaining
from gradaudit.probes.callsites import site_of, user_frame
from gradaudit.probes.known import Known, known_of
from gradaudit.probes.measure import _exact_of
from gradaudit.probes.modes import modes_disabled
from gradaudit.tracing.explanation import Explanation
from gradaudit.tracing.losses import LossGraph
from gradaudit.tracing.tensornames import name_of, named
from gradaudit.tracing.whynone import (
    Judge,
    in_inference_mode,
    not_a_leaf,
    without_grad,
)


def explain(tensor: torch.Tensor, loss: torch.Tensor | None = None) -> Explanation:
    """Why is `.grad` of this tensor None, or what is wrong with the gradient that is there?

    What a `gradaudit.watch` or `gradaudit explain` that is running has seen is used; without them
    the flags and the graph of `loss` are all that is left to ask.

    Args:
        tensor: the tensor itself, not its `.grad`.
        loss: what backward was called on, or will be; it need not be given.

    Returns:
        An Explanation: print it, or read `reason`, `message`, `fix` and `cause`.

    Raises:
        UsageError: one of the two is no tensor.

    """
    _check(tensor, loss)
    frame = user_frame(sys._getframe(1))
    with torch._C.DisableTorchFunction(), modes_disabled(), torch.no_grad():
        name = name_of(tensor, frame)
        answer = _answer(tensor, name, loss, frame)
    return replace(answer, site=site_of(frame))


def _check(tensor: Any, loss: Any) -> None:
    if isinstance(tensor, torch.nn.Module):
        raise UsageError(
            f"expected a tensor, got the module {type(tensor).__name__}: pass one of its "
            "parameters, as in gradaudit.explain(model.head.weight)"
        )
    if tensor is None:
        raise UsageError(
            "expected a tensor, got None: pass the tensor itself and not its .grad, as in "
            "gradaudit.explain(x)"
        )
    for value, word in ((tensor, "a tensor"), (loss, "`loss` to be a tensor")):
        if not (isinstance(value, torch.Tensor) or (value is None and value is loss)):
            raise UsageError(
                f"expected {word}, got {type(value).__name__}: what left torch (by .item() or "
                ".numpy()) has no graph to ask about"
            )


def _answer(
    tensor: torch.Tensor, name: str, loss: torch.Tensor | None, frame: FrameType | None
) -> Explanation:
    known = known_of(tensor)
    keeps = tensor.is_leaf or tensor.retains_grad
    gradient = tensor.grad if keeps and not tensor.is_inference() else None
    if gradient is not None:
        return _present(tensor, name, gradient, known)
    session = explaining.session()
    if session is not None and not session.log.broken:
        answer = Judge(session.log).why(tensor, name, frame)
        if loss is None or answer.reason != "no-backward":
            return answer
        return LossGraph(loss, session.log.tracer, frame).about(tensor, name)
    plain = _plainly(tensor, name, known, frame)
    if plain is not None:
        return plain
    if known is not None:
        answer = known.about(tensor, name, frame)
        if answer is not None and (loss is None or answer.reason != "no-backward"):
            return answer
    if loss is not None:
        return LossGraph(loss, None if known is None else known.tracer, frame).about(tensor, name)
    return _unwatched(tensor, name)


def _present(
    tensor: torch.Tensor, name: str, gradient: torch.Tensor, known: Known | None
) -> Explanation:
    one = named(name)
    status, norm = _exact_of(gradient)
    message, fix, cause = f"{one} has a gradient of norm {norm:.4g}", "", None
    if status in (Status.NAN, Status.INF):
        word = "NaN" if status == Status.NAN else "Inf"
        message = f"{one} has a gradient, and it holds {word}"
        fix = (
            "run the step under gradaudit.watch, which names the operation where the value stopped "
            "being finite"
        )
        found = None if known is None else known.finding(tensor, ("GA201", "GA202"))
        if found is not None:
            cause, fix = found.cause, found.fix
    elif status == Status.ZERO:
        message = f"{one} has a gradient, and it is exactly zero everywhere"
        fix = (
            "it may be meant; else look for a dead ReLU, a mask, a factor of zero, or a "
            "zero_grad(set_to_none=False) since the backward"
        )
    elif status == Status.SKIPPED:
        message = f"{one} has no elements, and so has its gradient"
    if not tensor.requires_grad:
        message += "; it does not require grad any more, so this one is left over"
    return Explanation(
        tensor=name, reason="has-gradient", message=f"{message}.", fix=fix, cause=cause
    )


def _plainly(
    tensor: torch.Tensor, name: str, known: Known | None, frame: FrameType | None
) -> Explanation | None:
    """What the tensor's own flags say, and a trace that is running."""
    if tensor.is_inference():
        cut = None if known is None else known.cut_of(tensor)
        return in_inference_mode(name, cut or Cause("inference-mode"), None)
    if not tensor.requires_grad:
        return (None if known is None else known.why_off(tensor, name)) or without_grad(
            tensor, name
        )
    if not tensor.is_leaf and not tensor.retains_grad:
        return not_a_leaf(tensor, name, frame, None if known is None else known.made(tensor))
    return None


def _unwatched(tensor: torch.Tensor, name: str) -> Explanation:
    kind = "is a leaf that requires grad" if tensor.is_leaf else "keeps its gradient"
    short = name or "tensor"
    return Explanation(
        tensor=name,
        reason="unknown",
        message=f"{named(name)} {kind}, and no backward has stored a gradient in it since it was "
        "made or last cleared. Whether none ran, none led here or it was cleared, nobody watched.",
        fix=f"give the loss as well, gradaudit.explain({short}, loss); or let it be watched: "
        "`gradaudit explain SCRIPT`, or gradaudit.watch around the loop",
    )
