"""Whether the model that an optimizer holds is trained in another copy."""

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
