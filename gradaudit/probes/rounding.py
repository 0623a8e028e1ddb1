"""Whether an update is too small to change a value at all: the dtype rounds it away."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim.optimizer import Optimizer

from gradaudit.probes.measure import local_part

_SIZE_OF_A_RATE = (
    torch.optim.Adam,
    torch.optim.AdamW,
    torch.optim.Adamax,
    torch.optim.NAdam,
    torch.optim.RAdam,
    torch.optim.RMSprop,
    torch.optim.Adagrad,
)
"""An element moves by about the learning rate, whatever its gradient."""


def rounded_away(optimizer: Optimizer, parameter: torch.Tensor) -> bool:
    """Would another step like the last one leave every value bit for bit as it is?

    For optimizers of torch.optim whose update is known from the gradient and the rate: p - lr * g
    of SGD (as large as its momentum can make it), p - lr * sign(g) of Adam and its like. False
    for others, and where the gradient has been cleared. Computes one tensor like `parameter`.
    """
    gradient = parameter.grad
    options = _options(optimizer, parameter)
    rate = options.get("lr")
    if gradient is None or not isinstance(rate, (int, float)) or gradient.layout != torch.strided:
        return False
    numbers = {name: options.get(name) or 0.0 for name in ("momentum", "weight_decay")}
    if not all(isinstance(one, (int, float)) for one in numbers.values()):
        return False  # a tensor: reading it may wait for a device
    with torch.no_grad(), torch._C.DisableTorchFunction():
        value, slope = local_part(parameter).detach(), local_part(gradient).detach()
        if slope.dtype != value.dtype or slope.shape != value.shape or slope.is_complex():
            return False
        sign = 1.0 if options.get("maximize") else -1.0
        decay, momentum = numbers["weight_decay"], numbers["momentum"]
        if isinstance(optimizer, torch.optim.SGD):
            if not 0.0 <= momentum < 1.0:
                return False
            if decay:
                slope = slope.add(value, alpha=-sign * decay)
            moved = value.add(slope, alpha=sign * rate / (1.0 - momentum))
        elif isinstance(optimizer, _SIZE_OF_A_RATE):
            moved = value.add(slope.sign(), alpha=sign * rate)
        else:
            return False
        return torch.equal(moved, value)


def _options(optimizer: Optimizer, parameter: torch.Tensor) -> dict[str, Any]:
    for group in optimizer.param_groups:
        if any(one is parameter for one in group["params"]):
            return group
    return {}
