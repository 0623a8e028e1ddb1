"""What the scripts of these tests share: a model, a loop, and what the ranks really hold."""

import os

import torch
import torch.distributed as dist
from torch import nn


class Net(nn.Module):
    """Three layers that are used, and two more for scripts that use them or not."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.extra = nn.Linear(8, 8)
        self.middle = nn.Linear(8, 8)
        self.last = nn.Linear(8, 1)

    def forward(self, x, extra=True):
        h = self.first(x).relu()
        if extra:
            h = h + self.extra(h)
        return self.last(self.middle(h).relu())


def begin() -> int:
    """Join the group; the same weights and other data on each rank."""
    dist.init_process_group("gloo")
    torch.manual_seed(0)
    return dist.get_rank()


def batches(n: int):
    torch.manual_seed(100 + dist.get_rank())
    for _ in range(n):
        yield torch.randn(16, 4)


def disagreeing(model: nn.Module) -> list[str]:
    """Names of the parameters whose gradients differ between the ranks, by comparing them."""
    names = []
    for name, p in model.named_parameters():
        mine = torch.zeros_like(p) if p.grad is None else p.grad.detach()
        mine = mine.full_tensor() if hasattr(mine, "full_tensor") else mine
        all_of_them = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
        dist.all_gather(all_of_them, mine.contiguous())
        if any(not torch.allclose(one, mine, rtol=1e-4) for one in all_of_them):
            names.append(name)
    return names


def tell(step: int, model: nn.Module) -> None:
    """Print what the gradients are when a step begins."""
    names = disagreeing(model)
    if dist.get_rank() == 0:
        print("truth", step, *names, flush=True)


def end() -> None:
    dist.destroy_process_group()
    os.environ.pop("NOTHING", None)
