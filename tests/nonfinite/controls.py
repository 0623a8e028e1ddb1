"""Healthy programs that are full of NaN and Inf: none of it gets into a gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F

Tensor = torch.Tensor
CONTROLS: dict[str, Callable[[Tensor], Tensor]] = {}
CAUSAL = torch.full((3, 3), float("-inf")).triu(1)


def control(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Register under its name."""
    CONTROLS[function.__name__] = function
    return function


@control
def masked_softmax(h):
    mask = torch.eye(3, dtype=torch.bool)
    return F.softmax((h @ h.T).masked_fill(mask, float("-inf")), -1) @ h


@control
def causal_mask_made_before(h):
    return (h @ h.T + CAUSAL).softmax(-1) @ h


@control
def causal_mask_made_here(h):
    mask = torch.triu(torch.ones(3, 3) * float("-inf"), diagonal=1)
    return F.scaled_dot_product_attention(h[None], h[None], h[None], attn_mask=mask)[0]


@control
def log_softmax_of_masked(h):
    logs = F.log_softmax(h.masked_fill(torch.arange(4) > 2, float("-inf")), -1)
    return h + logs[:, :1]


@control
def logsumexp_with_some_minus_infinity(h):
    start = torch.full((3, 1), float("-inf"))
    return h + torch.logsumexp(torch.cat([start, h], -1), -1, keepdim=True)


@control
def row_masked_throughout_and_filled_again(h):
    mask = torch.zeros(3, 3, dtype=torch.bool)
    mask[1] = True
    weights = (h @ h.T).masked_fill(mask, float("-inf")).softmax(-1)
    return h + weights.masked_fill(mask, 0.0) @ h


@control
def guarded_where(h):
    z = h.relu()
    safe = torch.where(z > 0, z, torch.ones_like(z))
    return h + torch.where(z > 0, safe.log(), torch.zeros_like(z))


@control
def guarded_sqrt(h):
    z = h.relu() * 0
    positive = z > 0
    root = torch.sqrt(torch.where(positive, z, 1.0))
    return h + torch.where(positive, root, 0.0)


@control
def slope_masked_on_its_way(h):
    z = torch.where(h > 1e9, h, 0.0)
    return h + z.sqrt()


@control
def nan_inputs_replaced(h):
    x = torch.tensor([[float("nan"), 1.0, 2.0, 3.0]])
    return h + torch.nan_to_num(x)


@control
def nan_inputs_left_out(h):
    x = torch.tensor([1.0, float("nan"), 3.0, 4.0])
    known = ~torch.isnan(x)
    return h + torch.where(known, x, torch.zeros(())) * known


@control
def running_maximum(h):
    best = torch.full((4,), float("-inf"))
    for row in h:
        best = torch.maximum(best, row)
    return h + best


@control
def nearest_of_allowed(h):
    between = torch.cdist(h, h.detach() + 1).masked_fill(torch.eye(3) > 0, float("inf"))
    return h + between.min(-1, keepdim=True).values


@control
def metric_that_nobody_trains(h):
    with torch.no_grad():
        _ = (h * 0).log().mean()
    return h * 2


@control
def logged_only(h):
    spread = h[:1].std(dim=0)
    float(spread.mean())
    return h * 2


@control
def entropy_with_xlogy(h):
    p = F.one_hot(h.argmax(-1), 4).float()
    return h - torch.special.xlogy(p, p).sum(-1, keepdim=True)


@control
def top_k_filter(h):
    threshold = h.topk(2, dim=-1).values[:, -1:]
    kept = h.masked_fill(h < threshold, float("-inf"))
    return F.softmax(kept, -1) + h


@control
def in_place_mask(h):
    scores = h @ h.T
    scores[torch.triu(torch.ones(3, 3), 1) > 0] = float("-inf")
    return scores.softmax(-1) @ h


@control
def clamped_logarithm(h):
    return h + h.relu().clamp_min(1e-6).log()


@control
def uninitialised_buffer_filled(h):
    out = torch.empty(3, 4)
    out.fill_(float("nan"))
    for i in range(3):
        out[i] = h[i]
    return out * 2


@control
def large_but_finite_in_half(h):
    low = (h.abs() + 100).half()
    return h + (low / low.amax()).float()


@control
def reduction_that_would_overflow(h):
    wide = torch.full((64, 64), 3e38)
    return h + (wide * 0.5).amax() * 1e-38


@control
def bfloat_attention(h):
    low = h.bfloat16()
    mask = torch.zeros(3, 3, dtype=torch.bfloat16).masked_fill(CAUSAL < 0, float("-inf"))
    return (((low @ low.T) + mask).softmax(-1) @ low).float()
