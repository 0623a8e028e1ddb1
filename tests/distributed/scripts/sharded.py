"""A loop under fully_shard (FSDP2): `sharded.py VARIANT [watch]`."""

from __future__ import annotations

import contextlib
import sys

import torch
import torch.distributed as dist
from common import Net, batches, begin
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

import gradaudit

variant = sys.argv[1]
rank = begin()
model = Net()
mesh = init_device_mesh("cpu", (dist.get_world_size(),))
# `last` has one row for two ranks: the second one holds an empty piece of it.
for layer in () if variant == "root-alone" else (model.first, model.extra, model.middle):
    fully_shard(layer, mesh=mesh)
fully_shard(model, mesh=mesh)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)


def train(steps):
    for x in batches(steps):
        if variant == "accumulated":
            model.set_requires_gradient_sync(False)
            model(x).square().mean().backward()
            model.set_requires_gradient_sync(True)
        loss = model(x, extra=variant != "unused").square().mean()
        if variant == "nan" and rank == 1:
            loss = loss * float("nan")
        loss.backward()
        if variant == "clipped":
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        if variant != "never-zeroed":
            optimizer.zero_grad()


if variant == "late":
    train(2)
audit = gradaudit.watch(model, optimizer) if "watch" in sys.argv else contextlib.nullcontext()
with audit:
    train(4)
if "watch" in sys.argv:
    print("audited", *sorted(audit.statuses()))
    print("found", *sorted({f.code for f in audit.findings if f.severity != "info"}))
dist.destroy_process_group()
