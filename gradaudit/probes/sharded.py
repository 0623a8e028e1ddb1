"""Parameters that `fully_shard` (FSDP2) keeps in pieces: which whole tensor stands for which.

[Note: Whole and shard] An optimizer holds the shards, DTensors, and their `.grad` is what a step
uses. A forward computes with whole tensors that are put in their place meanwhile: those are the
leaves of a graph, and their memory is given back before the backward needs it again. Reading one
then would crash the process, and judging it would judge the wrong one. It never has a gradient of
its own outside a backward, but is the same object in every forward.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import torch

STATE = "torch.distributed.fsdp._fully_shard._fsdp_state"


def in_use() -> bool:
    """Can there be any sharded parameter?"""
    return STATE in sys.modules and torch.distributed.is_initialized()


def whole_and_shard(
    modules: Iterable[torch.nn.Module],
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Each parameter of these modules that is sharded, and has been whole at least once."""
    state_of: Any = getattr(sys.modules.get(STATE), "_get_module_fsdp_state", None)
    if state_of is None or not in_use():
        return
    for module in modules:
        state = state_of(module)
        groups = getattr(state, "_fsdp_param_groups", None)
        if groups is None:  # PyTorch 2.6 has one at most
            groups = [one for one in (getattr(state, "_fsdp_param_group", None),) if one]
        for group in groups:
            for parameter in group.fsdp_params:
                whole = getattr(parameter, "_unsharded_param", None)
                if whole is not None:
                    yield whole, parameter.sharded_param
