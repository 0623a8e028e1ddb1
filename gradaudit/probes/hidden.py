"""Engines that take gradients out of `.grad`: whose parameters are DeepSpeed's?

[Note: What DeepSpeed does] Seen in DeepSpeed 0.19.8, one process on the CPU. Stage 0 in float32
leaves everything to PyTorch: gradients stay in `.grad` and a torch optimizer steps, so that it is
audited like any loop. Stage 1 empties `.grad` in the last backward of a window, stage 2 in each,
stage 3 empties the parameters as well; a torch optimizer then steps flat copies of its own. Stage
3 marks parameters with `ds_id`; stages 1 and 2, and bfloat16, with `_hp_mapping`; float16 at
stage 0 does not mark them, but its engine has an optimizer that is none of torch's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.probes import discovery

NAME = "DeepSpeed"
CUDA_GRAPH = "a CUDA graph"
_MARKS = ("ds_id", "_hp_mapping")


def is_engines_own(optimizer: object) -> bool:
    """Is it, or does it wrap, an optimizer of DeepSpeed's that hides gradients? No torch one is."""
    for _ in range(8):  # Accelerate and others wrap one, perhaps several times
        home = str(getattr(type(optimizer), "__module__", ""))
        if home.startswith("deepspeed.") and not isinstance(optimizer, Optimizer):
            return True
        optimizer = getattr(optimizer, "optimizer", None)
        if optimizer is None:
            return False
    return False


def hidden(tensors: Iterable[torch.Tensor | None]) -> list[int]:
    """Places of those whose gradients DeepSpeed keeps to itself; cheap where it is not loaded."""
    of_engines = _held_by_engines()
    return [
        place
        for place, tensor in enumerate(tensors)
        if tensor is not None
        and (any(hasattr(tensor, mark) for mark in _MARKS) or id(tensor) in of_engines)
    ]


def _held_by_engines() -> set[int]:
    kind: Any = getattr(sys.modules.get("deepspeed.runtime.engine"), "DeepSpeedEngine", None)
    if not isinstance(kind, type):
        return set()
    engines = [one for one in discovery.live_modules() if isinstance(one, kind)]
    return {
        id(parameter)
        for engine in engines
        if is_engines_own(engine.__dict__.get("optimizer"))
        for parameter in engine.parameters()
    }
