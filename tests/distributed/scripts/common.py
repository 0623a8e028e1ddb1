"""What the scripts of these tests share: a model, its data, and what the ranks really hold."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.distributed as dist
from torch import nn


class Net(nn.Module):
    """`extra` may be left out of a forward."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.extra = nn.Linear(8, 8)
        self.middle = nn.Linear(8, 8)
        self.last = nn.Linear(8, 1)

    def forward(self, x: torch.Tensor, extra: bool = True) -> torch.Tensor:
        h = self.first(x).relu()
        if extra:
            h = h + self.extra(h)
        return self.last(self.middle(h).relu())


def begin() -> int:
    """Join the group; returns the rank. The weights will be equal, the data not."""
    dist.init_process_group("gloo")
    torch.manual_seed(0)
    return dist.get_rank()


def batches(n: int) -> Iterator[torch.Tensor]:
    """Other ones on each rank."""
    chance = torch.Generator().manual_seed(100 + dist.get_rank())
    for _ in range(n):
        yield torch.randn(16, 4, generator=chance)


def tell(step: int, model: nn.Module) -> None:
    """Print which gradients differ between the ranks when a step begins, by comparing them."""
    names: list[str] = []
    for name, p in model.named_parameters():
        mine = torch.zeros_like(p) if p.grad is None else p.grad.detach().contiguous()
        every = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
        dist.all_gather(every, mine)
        if not all(torch.allclose(one, mine, rtol=1e-4) for one in every):
            names.append(name)
    if dist.get_rank() == 0:
        print("truth", step, *names, flush=True)
