"""A model that was compiled before the audit began is compiled as it would be without us."""

from __future__ import annotations

import torch
from torch._dynamo.utils import counters

from tests.hosts.trainers import llama, loud, trained


def test_one_frame_is_compiled_and_none_of_ours() -> None:
    """`torch_compile=True`: the Trainer compiles before training begins, Dynamo at the first step.

    While a name of torch's is taken over, Dynamo would compile module by module, and after eight
    kinds of modules leave the rest as it is.
    """
    torch._dynamo.reset()
    counters.clear()
    callback = trained(llama(), torch_compile=True, torch_compile_backend="eager")
    assert counters["frames"] == {"total": 1, "ok": 1}
    assert not counters["unimplemented"]
    assert loud(callback) == []
    torch._dynamo.reset()
