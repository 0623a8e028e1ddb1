"""`watch` on many parameters takes time in proportion to them."""

from __future__ import annotations

import sys

import torch
from torch import nn

import gradaudit


def calls_of_a_start(layers: int) -> int:
    """Calls of Python functions while an audit of that many layers begins and takes a step."""
    torch.manual_seed(0)
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(layers)])
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    # Nothing has run yet: whether anything below a layer has is asked for all of them.
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        audit = gradaudit.watch(model, optimizer, trace="off", on_finding="silent")
    finally:
        sys.setprofile(None)
    audit.close()
    return calls


def test_a_start_grows_no_faster_than_the_parameters() -> None:
    """Once, the layers above each parameter were asked anew for each, and each asked all below."""
    calls_of_a_start(10)
    few, many = calls_of_a_start(100), calls_of_a_start(1000)
    assert many <= 12 * few
