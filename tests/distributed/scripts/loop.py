"""A loop under DistributedDataParallel, in the variant that is asked for: `loop.py VARIANT`."""

import sys

import torch
import torch.distributed as dist
from common import Net, batches, begin, end, tell
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks, powerSGD_hook
from torch.distributed.algorithms.join import Join
from torch.nn.parallel import DistributedDataParallel as DDP  # noqa: N817

variant = sys.argv[1]
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 4
rank = begin()
model = Net()
options = {}
inner = model
use_extra = not variant.startswith("unused")


class TwoOutputs(Net):
    """Returns a second output, which may be left out of the loss."""

    def forward(self, x):
        h = self.first(x).relu()
        return self.last(self.middle(h).relu()), self.extra(h)


class Cut(Net):
    """One layer behind a detach."""

    def forward(self, x):
        h = self.first(x).relu()
        h = h + self.extra(h).detach()
        return self.last(self.middle(h).relu())


if variant.startswith("unused-view"):
    options["gradient_as_bucket_view"] = True
if variant.endswith("small-buckets"):
    options["bucket_cap_mb"] = 0.0001
if variant in ("healthy-find-unused", "unused-output-find-unused"):
    options["find_unused_parameters"] = True
if variant.startswith("static") or variant == "healthy-static":
    options["static_graph"] = True
if variant in ("unused-output-find-unused", "unused-output"):
    inner = TwoOutputs()
if variant == "detached":
    inner = Cut()
if variant in ("healthy-frozen", "unfrozen-later"):
    inner.extra.requires_grad_(False)
if variant == "healthy-ignored":
    DDP._set_params_and_buffers_to_ignore_for_model(inner, ["extra.weight", "extra.bias"])
if variant == "healthy-view":
    options["gradient_as_bucket_view"] = True
if variant == "healthy-sync-bn":
    inner.first = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8))
model = inner
ddp = DDP(inner, **options)
if variant == "healthy-fp16-hook":
    ddp.register_comm_hook(None, default_hooks.fp16_compress_hook)
if variant == "healthy-powersgd":
    state = powerSGD_hook.PowerSGDState(None, start_powerSGD_iter=2, min_compression_rate=0.1)
    ddp.register_comm_hook(state, powerSGD_hook.powerSGD_hook)
if variant == "added-later":
    inner.more = nn.Linear(8, 8)
if variant == "replaced-later":
    inner.last = nn.Linear(8, 1)
optimizer = torch.optim.SGD(ddp.parameters(), lr=0.05, momentum=0.9)


def forward(step, x):
    if variant in ("bypassed", "bypassed-clipped", "healthy-averaged-by-hand"):
        return inner(x).square().mean()
    if variant == "bypassed-through-module":
        return ddp.module(x).square().mean()
    if variant in ("unused-output-find-unused", "unused-output"):
        return ddp(x)[0].square().mean()
    if variant == "detached":
        return ddp(x).square().mean()
    if variant.startswith(("late", "static-late")):
        return ddp(x, extra=step != 2).square().mean()
    if variant == "added-later":
        h = ddp(x)
        return (h + inner.more(inner.first(x)).sum(1, keepdim=True)).square().mean()
    if variant == "unfrozen-later":
        if step == 1:
            inner.extra.requires_grad_(True)
        return ddp(x).square().mean()
    if variant == "frozen-later":
        if step == 2:
            inner.extra.requires_grad_(False)
        return ddp(x).square().mean()
    if variant in ("healthy-find-unused", "healthy-static"):
        return ddp(x, extra=False).square().mean()
    if variant == "unused-on-one-rank":
        return ddp(x, extra=rank == 0).square().mean()
    if variant == "healthy-find-unused-on-one-rank":
        return ddp(x, extra=rank == 0).square().mean()
    if use_extra:
        return ddp(x).square().mean()
    return ddp(x, extra=False).square().mean()


def train():
    for step, x in enumerate(batches(steps)):
        if variant == "healthy-no-sync":
            with ddp.no_sync():
                forward(step, x).backward()
                forward(step, x * 2).backward()
            forward(step, x * 3).backward()
        elif variant == "healthy-local-sgd":
            with ddp.no_sync():
                forward(step, x).backward()
        elif variant == "healthy-two-backwards":
            h = ddp(x)
            (h.square().mean()).backward(retain_graph=False)
        elif variant == "unused-micro-batches":
            forward(step, x).backward()
            forward(step, x).backward()
        else:
            forward(step, x).backward()
        if variant == "healthy-averaged-by-hand":
            for p in inner.parameters():
                dist.all_reduce(p.grad)
        if variant == "bypassed-clipped":
            torch.nn.utils.clip_grad_norm_(inner.parameters(), 0.01)
        if variant not in ("healthy-join", "unused-on-one-rank"):
            tell(step, inner)
        optimizer.step()
        optimizer.zero_grad()


if variant == "healthy-join":
    steps += rank
    with Join([ddp]):
        train()
else:
    train()
end()
print("end", rank)
