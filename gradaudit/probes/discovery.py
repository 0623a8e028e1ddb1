"""What is alive: modules and optimizers that nobody named to us, found among Python's objects.

Looking at every object costs tens of milliseconds, so it is done when something unknown shows up
(a leaf, a parameter in an optimizer), never every step.
"""

from __future__ import annotations

import gc
from typing import Any

import torch
from torch.nn.parallel import DistributedDataParallel
from torch.optim.optimizer import Optimizer


def _instances(kind: type) -> list[Any]:
    # type() and not isinstance(): proxies and lazy modules run code when asked for __class__.
    return [one for one in gc.get_objects() if issubclass(type(one), kind)]


def live_modules() -> list[torch.nn.Module]:
    """Every module that is alive and has finished its __init__."""
    return [m for m in _instances(torch.nn.Module) if "_modules" in m.__dict__]


def top_level(modules: list[torch.nn.Module]) -> list[torch.nn.Module]:
    """Those that are no other one's child."""
    children = {id(c) for m in modules for c in m._modules.values() if c is not None}
    return [m for m in modules if id(m) not in children]


def live_optimizers() -> list[Optimizer]:
    """Every torch optimizer that is alive and has parameter groups."""
    return [o for o in _instances(Optimizer) if "param_groups" in o.__dict__]


def live_replicas() -> list[DistributedDataParallel]:
    """Every model wrapped in DistributedDataParallel that is alive and ready."""
    return [m for m in _instances(DistributedDataParallel) if "_comm_hooks" in m.__dict__]


def _module_with(parameters: object) -> torch.nn.Module | None:
    """The module whose `_parameters` is this very dict."""
    for above in gc.get_referrers(parameters):
        candidates = [above, *gc.get_referrers(above)] if isinstance(above, dict) else [above]
        for one in candidates:
            if isinstance(one, torch.nn.Module) and one.__dict__.get("_parameters") is parameters:
                return one
    return None


def owner_of(parameter: torch.Tensor) -> tuple[torch.nn.Module, str] | None:
    """The module that has registered this tensor, and under which name there."""
    for holder in gc.get_referrers(parameter):
        if not isinstance(holder, dict):
            continue
        for name, value in list(holder.items()):
            if value is not parameter or not isinstance(name, str):
                continue
            owner = _module_with(holder)
            if owner is not None:
                return owner, name
    return None
