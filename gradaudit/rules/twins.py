"""Whether what an optimizer holds has been left behind: trained in a copy, or orphaned."""

from __future__ import annotations

import numpy as np

from gradaudit.history import History, OptimizerHistory


def copied_elsewhere(history: History, optimizer: OptimizerHistory) -> dict[int, int]:
    """Held parameters that never got a gradient -> unheld ones of the same name in another model.

    Empty unless *every* held parameter that should have got one has such a twin that did: a copy
    of the model is trained while the optimizer still holds the original.
    """
    held = np.unique(optimizer.held)
    idle = held[(history.n_backwards[held] == 0) & history.trainable[held]]
    if not len(idle) or len(idle) < len(held[history.trainable[held]]):
        return {}
    if optimizer.n_arrived[held].any():
        return {}  # gradients are put there by hand
    anywhere = history.held
    free: dict[tuple[str, tuple[int, ...]], int] = {}
    for i in np.flatnonzero(~anywhere & (history.n_backwards > 0)).tolist():
        info = history.parameters[i]
        if info.kind == "parameter":
            free.setdefault((info.short, info.shape), i)
    twins: dict[int, int] = {}
    for i in idle.tolist():
        info = history.parameters[i]
        twin = free.get((info.short, info.shape))
        if twin is None or history.parameters[twin].model == info.model:
            return {}
        twins[i] = twin
    return twins


def told_as_replaced(history: History) -> set[int]:
    """Unheld parameters of which GA402 tells: they took the place of what an optimizer holds."""
    if "GA402" in history.silent_rules:
        return set()
    found: set[int] = set()
    for optimizer in history.optimizers.values():
        if optimizer.manual or not (optimizer.steps or optimizer.attempts):
            continue
        if optimizer.dead:
            found.update(i for i in optimizer.twins if i >= 0)
        elif optimizer.steps >= 2 and not orphaned(history, optimizer):
            found.update(copied_elsewhere(history, optimizer).values())
    return found


def awaited(history: History) -> set[int]:
    """Parameters without a gradient of which GA602 tells."""
    return set() if "GA602" in history.silent_rules else history.awaited_by_ranks


def orphaned(history: History, optimizer: OptimizerHistory) -> list[int]:
    """Held parameters that no live module has and no backward reached, while unheld ones learn.

    Empty where every parameter that gets gradients is in an optimizer: then nothing was swapped.
    """
    held = np.unique(optimizer.held)
    kinds = [history.parameters[i].kind for i in held.tolist()]
    lost = [
        i
        for i, kind in zip(held.tolist(), kinds, strict=True)
        if kind == "orphan" and history.n_backwards[i] == 0 and optimizer.n_arrived[i] == 0
    ]
    registered = np.array([info.kind == "parameter" for info in history.parameters], np.bool_)
    learning = registered & ~history.held & (history.n_backwards > 0)
    return lost if lost and learning.any() else []
