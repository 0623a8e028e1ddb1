"""Mistakes of one process, under DistributedDataParallel: `rules.py MISTAKE [compiled]`."""

from __future__ import annotations

import sys

import torch
import torch.distributed as dist
from common import Net, batches, begin
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gradaudit

mistake = sys.argv[1]
rank = begin()
model = Net()
ddp = DistributedDataParallel(model)
watched = torch.compile(ddp, backend="eager") if "compiled" in sys.argv else ddp


class Idle(torch.optim.SGD):
    """Forgot to write the values back."""

    def step(self, closure=None):
        pass


kind = Idle if mistake == "GA404" else torch.optim.SGD
optimizer = kind(ddp.parameters(), lr=0.01)
if mistake == "GA402":
    model.last = nn.Linear(8, 1)
    ddp = DistributedDataParallel(model)
    watched = ddp
raise_on = "error" if mistake == "raises" and rank == 1 else None
with gradaudit.watch(watched, optimizer, raise_on=raise_on) as audit:
    for x in batches(12):
        loss = watched(x).square().mean()
        if mistake in ("GA201", "raises") and rank == 1:
            loss = loss * float("inf")
        loss.backward()
        optimizer.step()
        if mistake != "GA301":
            optimizer.zero_grad()
print("audited", *sorted(audit.statuses()))
print("found", *sorted({f.code for f in audit.findings if f.severity != "info"}))
dist.destroy_process_group()
