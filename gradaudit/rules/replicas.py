"""What GA602 says: the sentences of gradients that DistributedDataParallel did not average."""

from __future__ import annotations

from collections.abc import Sequence

from gradaudit.events import GradientsUnsynchronized
from gradaudit.findings import Cause, Json
from gradaudit.history import History
from gradaudit.rules.remedies import remedy
from gradaudit.rules.words import at, count, optimizer_name, these

DDP = "DistributedDataParallel"

_UNUSED = {
    "default": f"use it in the loss, freeze it before {DDP} is built (or remove it), or build "
    f"{DDP} with find_unused_parameters=True",
    "find-unused": "let every output of forward take part in the loss, or do not return it: "
    "find_unused_parameters looks for what the outputs do not need, not for what the loss does not",
    "static-graph": "use the same parameters in every iteration, or build "
    f"{DDP} with find_unused_parameters=True instead of static_graph=True",
}


def unfinished(
    event: GradientsUnsynchronized, history: History, missing: Sequence[int], cause: Cause | None
) -> str:
    """Who is missing, and what came of it."""
    n = len(missing) or len(event.missing_elsewhere) or 1
    got = "got no gradient"
    if cause is not None and cause.kind == "requires-grad-off":
        got = f"require{'s' if n == 1 else ''} no grad any more"
    whose = these(history, missing) if missing else _elsewhere(event)
    raised = "its next forward will raise" if event.optimizer >= 0 else "its forward has raised"
    return (
        f"{whose} {got}, so {DDP} {_so(event, history)} {raised} "
        '"Expected to have finished reduction"'
    )


def _so(event: GradientsUnsynchronized, history: History) -> str:
    if event.world_size == 1:
        return "never finished the backward: with one rank there is nothing to average, but"
    did = "has not finished averaging" if event.partial else "has not averaged"
    did += f" the backward{at(event.site)} over the {event.world_size} ranks:"
    n = len(event.local)
    surely = "surely " if event.partial else ""
    if event.optimizer < 0:
        are = "is" if n == 1 else "are"
        own = f" {count(n, 'other gradient')} {are} {surely}this rank's own,"
        return f"{did}{own if n else ''} and"
    name = optimizer_name(history, event.optimizer)
    if not n:
        return f"{did} {name} steps with gradients that may differ from rank to rank, and"
    return f"{did} {name} steps with {count(n, 'gradient')} that {surely}this rank alone has, and"


def _elsewhere(event: GradientsUnsynchronized) -> str:
    """What the reducer waits for, where it is not audited."""
    named = [f"`{name}`" for name in event.missing_elsewhere if name]
    lost = len(event.missing_elsewhere) - len(named)
    if lost:
        named.append(
            f"{count(lost, 'parameter')} that the model had when {DDP} was built and has no longer"
        )
    if not named:
        return "a parameter"
    return (
        named[0] if len(named) == 1 else f"{named[0]} and {len(event.missing_elsewhere) - 1} more"
    )


def bypassed(event: GradientsUnsynchronized, history: History, steps: int) -> str:
    """The forward was that of the model inside."""
    name = optimizer_name(history, event.optimizer)
    return (
        f"{name} has stepped {count(steps, 'time')} with gradients of "
        f"{these(history, event.local.tolist())} that {DDP} never saw: the forward before the "
        f"backward{at(event.site)} did not go through it, so each of the {event.world_size} ranks "
        "trains a model of its own"
    )


def outside(event: GradientsUnsynchronized, history: History, steps: int) -> str:
    """The wrapper was built without them."""
    name = optimizer_name(history, event.optimizer)
    return (
        f"{these(history, event.local.tolist())} required no grad, or did not exist, when {DDP} "
        f"was built, so it never averages their gradients: {name} has stepped "
        f"{count(steps, 'time')} with those of this rank alone, one of {event.world_size}"
    )


def mending(event: GradientsUnsynchronized, cause: Cause | None = None) -> str:
    """What to do about it."""
    if event.why == "bypassed":
        return f"call what {DDP} returned, not the model inside it: ddp(x), not ddp.module(x)"
    if event.why == "outside":
        return f"unfreeze or add parameters before {DDP} is built, or build it anew after"
    if cause is not None and cause.kind == "requires-grad-off":
        return f"freeze before {DDP} is built, or build it anew after"
    if not len(event.missing) and "" in event.missing_elsewhere:
        return f"replace layers before {DDP} is built, or build it anew after"
    cut = cause is not None and cause.kind not in ("unused-module", "unused-output")
    return remedy(cause if cut else None, _UNUSED[event.mode])


def evidence(event: GradientsUnsynchronized, history: History) -> dict[str, Json]:
    """Which gradients are surely this rank's own, by name."""
    names = history.display_names()
    own: list[Json] = [names[i] for i in event.local.tolist()]
    return {"why": event.why, "ranks": event.world_size, "not_averaged": own}
