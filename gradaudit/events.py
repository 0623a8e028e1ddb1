"""WHAT HAPPENED: frozen records of plain numbers. No tensor, no module and no torch in here.

[Note: Parameter index] Every audited parameter has an index: its place in the order in which it
was announced by a `ParametersAdded` event. Arrays called `arrived`, `status`, `norm` and the like
have one entry per index known at that time (length n, later events may be longer).
Index lists (`held`) are int32 arrays of parameter indices.

[Note: Steps] `step` is the number of optimizer steps, of all optimizers together, that were
completed before the event. A run with two optimizers that each step 10 times has steps 0 to 19.

Arrays are made read-only when an event is built: rules, sinks and history share them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradaudit.causes import Cause, Site
from gradaudit.event_base import (
    FROZEN,
    INF,
    NAN,
    NONE,
    OK,
    SKIPPED,
    STALE,
    STATUS_NAMES,
    ZERO,
    BoolArray,
    ByteArray,
    Event,
    FloatArray,
    IndexArray,
    ParameterInfo,
    Status,
)
from gradaudit.rank_events import GradientsUnsynchronized
from gradaudit.trace_events import (
    AutogradRaised,
    DataEdited,
    FrontierFound,
    GraphGrew,
    LossTerm,
    TraceRecorded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The first event of a run."""

    schema: str = "gradaudit-events/1"
    gradaudit: str = ""
    torch: str = ""
    command: tuple[str, ...] = ()
    rank: int = 0
    world_size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersAdded(Event):
    """New parameters are audited from here on; indices follow on from those known."""

    parameters: tuple[ParameterInfo, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersReplaced(Event):
    """The tensor objects behind these names are others now.

    `live`: the new object is what the audited module holds under that name;
    an optimizer that still holds the old object is told of in `OptimizerSeen.dead`.
    """

    indices: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerSeen(Event):
    """An optimizer was met, or what it holds has changed.

    `held`: audited parameters it holds; `groups`: the parameter group of each of them;
    `learning_rates`: of each group (NaN where it is no plain number);
    `dead`: names of parameters that it holds and that no live module has;
    `twins`: for each dead one the index of a live, unheld parameter of the same name and shape
    that looks like its replacement (-1 where there is none);
    `manual`: no torch optimizer at all: the loop itself changes the parameters.
    """

    optimizer: int
    name: str
    held: IndexArray
    groups: IndexArray
    learning_rates: tuple[float, ...] = ()
    dead: tuple[str, ...] = ()
    twins: tuple[int, ...] = ()
    manual: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulesRan(Event):
    """Whether the forward of each parameter's owner has run since the audit began.

    `ran`: with gradients enabled; `ran_without_grad`: only while they were disabled;
    `known`: False where it cannot be said (compiled modules, bare tensors);
    `top`: for an owner that never ran, the qualified name of the outermost module around it that
    never ran either ("" elsewhere, "." for the whole model), one entry per parameter index;
    `functional`: an enclosing module's code reads the parameter itself, so the owner's forward
    need not run for it to be used.
    """

    ran: BoolArray
    ran_without_grad: BoolArray
    known: BoolArray
    functional: BoolArray
    top: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientsReset(Event):
    """Gradients that were there are gone, replaced or overwritten, outside any backward.

    `reset`: which; `cleared`: those of them that are None or all zero now;
    `by`: "zero_grad" where that call did it (then `site` is the user's line), else "hand";
    `values_changed`: the parameters themselves were changed outside an optimizer since the last
    backward (a gradient that was used by hand, as SAM does, was not lost).
    """

    reset: BoolArray
    cleared: BoolArray
    by: str = "hand"
    site: Site | None = None
    values_changed: BoolArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroGradCalled(Event):
    """`zero_grad` of an optimizer (its index) or of a module (-1) was called at `site`."""

    optimizer: int
    site: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackwardEnded(Event):
    """One outermost backward that accumulates gradients has ended.

    `arrived`: something was added to `.grad` in this backward; `expected`: requires_grad now;
    `before`: `.grad` held something other than zero when this backward began;
    `status`, `norm`: of `.grad` now (L2, float64, divided by the gradient scale where known);
    `measured`: False where the values were not read in this backward;
    `loss`: the root's value if it is one number and could be read without a sync, else NaN with
    `loss_known` False; `reached`: number of leaves that require grad below the roots, -1 where
    the graph was not walked; `root_is_leaf`: a root is itself a leaf that nobody audits;
    `stack`: the user's lines that led to the call, innermost first (`function:line<...`);
    `graph_leaves`: parameters that are leaves of the graph below the roots, None where it was not
    walked (a leaf that got nothing all the same was dropped by one of `custom_functions`, the
    autograd.Function classes met on the way, one name per parameter index, "" for none);
    `error`: the exception's text where it raised; `in_step`: index of the optimizer inside whose
    `step` it ran, else -1; `evaluation`: number of the closure's call within that step, from 1.
    """

    number: int
    site: Site | None
    arrived: BoolArray
    expected: BoolArray
    before: BoolArray
    status: ByteArray
    norm: FloatArray
    measured: bool = True
    loss: float = float("nan")
    loss_known: bool = False
    reached: int = -1
    root_is_leaf: bool = False
    root_requires_grad: bool = True
    root_dtype_differentiable: bool = True
    error: str | None = None
    in_step: int = -1
    evaluation: int = 0
    create_graph: bool = False
    scale: float = 1.0
    scaled: bool = False
    stack: str = ""
    graph_leaves: BoolArray | None = None
    custom_functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTaken(Event):
    """An optimizer consumes the gradients it holds (or, `manual`, the loop itself did).

    `held`: as in `OptimizerSeen`, read at this moment; the arrays have one entry per entry of
    `held`. `status`, `norm`: of the gradients that are consumed (before any clipping);
    `frozen`: requires_grad is False; `evaluations`: how often the closure was called, 0 without;
    `inside_backward`: the step was taken by a hook inside a backward;
    `handmade`: most of these gradients were assigned by hand after the last backward;
    `follows_gradient`: for a manual step, the parameters moved along their gradients.
    """

    optimizer: int
    number: int
    held: IndexArray
    status: ByteArray
    norm: FloatArray
    frozen: BoolArray
    evaluations: int = 0
    inside_backward: bool = False
    manual: bool = False
    follows_gradient: bool = True
    handmade: bool = False
    site: Site | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersChecked(Event):
    """Values of parameters were looked at after a step.

    `nonfinite`: parameters that hold NaN or Inf; `unchanged`: finite non-zero gradients were
    consumed in `over` steps and the value is bit for bit the same; `changed_frozen`: changed by a
    step though requires_grad is False; `stale_casts`: low-precision copies of these weights that
    autocast made before the step are still what the forward uses. For each of `unchanged`:
    `zero_rate`: its learning rate is 0; `rounded_away`: updates as small as the last one leave
    such values as they are, in their dtype; `others_move`: at the same learning rate.
    """

    optimizer: int
    nonfinite: IndexArray
    unchanged: IndexArray
    changed_frozen: IndexArray
    stale_casts: bool = False
    over: int = 0
    zero_rate: BoolArray | None = None
    rounded_away: BoolArray | None = None
    others_move: BoolArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalerStepped(Event):
    """A gradient scaler was asked to step; `skipped`: it did not, an overflow was found."""

    optimizer: int
    skipped: bool
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipped(Event):
    """Gradients were clipped at `site`.

    `indices`: the audited parameters that it was given, `given`: how many in all;
    `with_gradient`: how many of them had a gradient; `scaled`: those gradients were still
    multiplied by a gradient scale.
    """

    site: Site | None
    indices: IndexArray
    with_gradient: int
    given: int = 1
    scaled: bool = False
    by: str = "clip_grad_norm_"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeIneffective(Event):
    """An attribute was set that freezes nothing: `attribute` on `target`, over `indices`."""

    attribute: str
    target: str
    on_module: bool
    value: bool
    indices: IndexArray


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderflowMeasured(Event):
    """Share of exact zeros in low-precision gradients, all-zero rows and columns left out."""

    indices: IndexArray
    shares: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditImpossible(Event):
    """These gradients belong to an engine that hides them; nothing is judged.

    `deaf`: nor is anything else heard of from here on.
    """

    engine: str
    indices: IndexArray
    deaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFailed(Event):
    """A part of the auditor raised and was switched off; training went on.

    `deaf`: it was the part that all else depends on, so nothing is heard from here on.
    """

    part: str
    error: str
    deaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The last event. `exit_code` None: not a script, or still running."""

    exit_code: int | None = None
    exception: str | None = None
    seconds: float = 0.0


EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        RunStarted,
        ParametersAdded,
        ParametersReplaced,
        OptimizerSeen,
        ModulesRan,
        GradientsReset,
        ZeroGradCalled,
        BackwardEnded,
        StepTaken,
        ParametersChecked,
        ScalerStepped,
        Clipped,
        FreezeIneffective,
        UnderflowMeasured,
        AuditImpossible,
        ProbeFailed,
        TraceRecorded,
        FrontierFound,
        AutogradRaised,
        DataEdited,
        GraphGrew,
        GradientsUnsynchronized,
        RunEnded,
    )
}
"""Every kind of event by its name: what a saved run is read back with."""


def no_indices() -> IndexArray:
    """An empty list of parameter indices."""
    return np.zeros(0, np.int32)


__all__ = [
    "EVENT_TYPES",
    "FROZEN",
    "INF",
    "NAN",
    "NONE",
    "OK",
    "SKIPPED",
    "STALE",
    "STATUS_NAMES",
    "ZERO",
    "AuditImpossible",
    "AutogradRaised",
    "BackwardEnded",
    "BoolArray",
    "ByteArray",
    "Cause",
    "Clipped",
    "DataEdited",
    "Event",
    "FloatArray",
    "FreezeIneffective",
    "FrontierFound",
    "GradientsReset",
    "GradientsUnsynchronized",
    "GraphGrew",
    "IndexArray",
    "LossTerm",
    "ModulesRan",
    "OptimizerSeen",
    "ParameterInfo",
    "ParametersAdded",
    "ParametersChecked",
    "ParametersReplaced",
    "ProbeFailed",
    "RunEnded",
    "RunStarted",
    "ScalerStepped",
    "Site",
    "Status",
    "StepTaken",
    "TraceRecorded",
    "UnderflowMeasured",
    "ZeroGradCalled",
    "no_indices",
]
