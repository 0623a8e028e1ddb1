"""A known trap of PyTorch, named one step before PyTorch does: DDP with an unused parameter.

`DistributedDataParallel` averages gradients over the processes once every parameter has got one.
Here the model kept a layer that its forward uses no longer. So the first step is taken with
gradients that nobody has averaged, silently; the second forward raises, with numbers of parameters
for names (https://github.com/pytorch/pytorch/issues/128949). Two processes train on the CPU.
"""

import tempfile

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gradaudit

RANKS = 2


class Classifier(nn.Module):
    """A body, a head, and the head of last year."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(8, 16)
        self.old_head = nn.Linear(16, 16)
        self.head = nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.body(x).relu())


def agree(model: nn.Module) -> bool:
    """Whether all processes hold the same gradients: what DDP is there for."""
    mine = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    everyone = [torch.empty_like(mine) for _ in range(RANKS)]
    dist.all_gather(everyone, mine)
    return all(torch.allclose(mine, other) for other in everyone)


def train(rank: int, meeting_point: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", f"file://{meeting_point}", rank=rank, world_size=RANKS)
    torch.manual_seed(0)
    model = DistributedDataParallel(Classifier())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    torch.manual_seed(1 + rank)  # each process has data of its own
    told = []
    with gradaudit.watch(model, optimizer, on_finding=told.append) as audit:
        for iteration in range(2):
            x, y = torch.randn(32, 8), torch.randint(3, (32,))
            try:
                loss = nn.functional.cross_entropy(model(x), y)
            except RuntimeError as error:
                assert iteration == 1
                if rank == 0:
                    print(f"iteration 1: PyTorch raises {str(error)[:63]!r} ...")
                break
            loss.backward()
            averaged = agree(model)
            optimizer.step()
            optimizer.zero_grad()
            if rank == 0:
                print(f"iteration 0: do the processes hold the same gradients? {averaged}")
                print(f"iteration 0: gradaudit says {told[0].code} {told[0].name}\n")
            assert not averaged
            assert [finding.code for finding in told] == ["GA602"]
    (finding,) = audit.findings
    assert finding.parameters == ("old_head.weight", "old_head.bias")
    assert finding.cause.kind == "unused-module"
    dist.destroy_process_group()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(train, (f"{folder}/meeting_point",), nprocs=RANKS)
