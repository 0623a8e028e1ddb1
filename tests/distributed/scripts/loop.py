"""A loop under DistributedDataParallel: `loop.py VARIANT [OPTION=VALUE ...]`, options of DDP."""

from __future__ import annotations

import contextlib
import sys

import torch
import torch.distributed as dist
from common import Net, batches, begin, tell
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks, powerSGD_hook
from torch.distributed.algorithms.join import Join
from torch.nn.parallel import DistributedDataParallel

STEPS = 4
LATE = 2
"""The step from which on, or in which, something is otherwise."""

variant = sys.argv[1]
options = {name: eval(value) for name, value in (one.split("=") for one in sys.argv[2:])}


class TwoOutputs(Net):
    def forward(self, x, extra=True):
        h = self.first(x).relu()
        return self.last(self.middle(h).relu()), self.extra(h)


class Detached(Net):
    def forward(self, x, extra=True):
        h = self.first(x).relu()
        h = h + self.extra(h).detach()
        return self.last(self.middle(h).relu())


class Normed(Net):
    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))


rank = begin()
kinds = {"unused-output": TwoOutputs, "detached": Detached, "batch-norm": Normed}
model = kinds.get(variant, Net)()
if variant in ("frozen", "unfrozen-later"):
    model.extra.requires_grad_(False)
if variant == "ignored":
    DistributedDataParallel._set_params_and_buffers_to_ignore_for_model(
        model, ["extra.weight", "extra.bias"]
    )
ddp = DistributedDataParallel(model, **options)
if variant == "fp16-hook":
    ddp.register_comm_hook(None, default_hooks.fp16_compress_hook)
if variant == "powersgd":
    state = powerSGD_hook.PowerSGDState(None, start_powerSGD_iter=2, min_compression_rate=0.1)
    ddp.register_comm_hook(state, powerSGD_hook.powerSGD_hook)
if variant == "added":
    model.more = nn.Linear(4, 1)
if variant == "replaced":
    model.last = nn.Linear(8, 1)
optimizer = torch.optim.SGD(ddp.parameters(), lr=0.05, momentum=0.9)


def loss_of(step, x):
    if variant in ("bypassed", "clipped", "by-hand", "local"):
        return model(x).square().mean()
    if variant == "inside":
        return ddp.module(x).square().mean()
    if variant == "unused-output":
        return ddp(x)[0].square().mean()
    if variant == "added":
        return (ddp(x) + model.more(x)).square().mean()
    if variant == "unfrozen-later" and step == LATE:
        model.extra.requires_grad_(True)
    if variant == "frozen-later" and step == LATE:
        model.extra.requires_grad_(False)
    if variant in ("unused", "micro-batches"):
        return ddp(x, extra=False).square().mean()
    if variant in ("unused-on-one-rank", "one-rank-and-all"):
        return ddp(x, extra=rank == 0).square().mean()
    return ddp(x, extra=variant != "once" or step != LATE).square().mean()


def train():
    for step, x in enumerate(batches(STEPS + (rank if variant == "join" else 0))):
        aside = ddp.no_sync() if variant in ("no-sync", "local") else contextlib.nullcontext()
        if variant in ("no-sync", "micro-batches"):
            with aside:
                loss_of(step, 2 * x).backward()
            aside = contextlib.nullcontext()
        with aside:
            loss_of(step, x).backward()
        if variant == "by-hand":
            for p in model.parameters():
                dist.all_reduce(p.grad)
        if variant == "clipped":
            nn.utils.clip_grad_norm_(model.parameters(), 0.01)
        if variant not in ("join", "unused-on-one-rank"):
            tell(step, model)
        optimizer.step()
        optimizer.zero_grad()


with Join([ddp]) if variant == "join" else contextlib.nullcontext():
    train()
dist.destroy_process_group()
