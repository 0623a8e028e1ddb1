"""The catalogue of NaN and Inf: one small network each, the line where the value is born marked.

A case is what happens to the activations `h` (3, 4) between two linear layers, or (names that begin
with `loss_`) what makes a loss of the network's output. `# BORN` marks the line; `OPS` says which
operation of torch it is. The values are such that it happens in every step.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

Tensor = torch.Tensor
Case = Callable[[Tensor], Tensor]
CASES: dict[str, Case] = {}
OPS: dict[str, str] = {}
KINDS: dict[str, str] = {}


def case(op: str, kind: str = "nonfinite-op") -> Callable[[Case], Case]:
    """Register under the function's name."""

    def register(function: Case) -> Case:
        name = function.__name__
        CASES[name], OPS[name], KINDS[name] = function, op, kind
        return function

    return register


def born_at(function: Any) -> int:
    """The marked line of a case."""
    lines, start = inspect.getsourcelines(function)
    (line,) = [start + i for i, text in enumerate(lines) if "# BORN" in text]
    return line


class Network(nn.Module):
    """Two layers, the case, two layers."""

    def __init__(self, middle: Case) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.middle = middle
        self.third, self.fourth = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.second(self.first(x))
        return self.fourth(self.third(self.middle(h)))


def build(name: str) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """The model, and what makes a loss of a batch."""
    torch.manual_seed(0)
    function = CASES[name]
    if name.startswith("loss_"):
        model = Network(torch.relu)
        return model, lambda x: function(model(x))
    model = Network(function)
    return model, lambda x: model(x).square().sum()


# ------------------------------------------------------------------ infinite slopes


@case("log")
def log_of_zero(h):
    p = torch.relu(h) * 0
    return h + torch.log(p)  # BORN


@case("log")
def log_of_negative(h):
    p = -h.abs() - 1
    logs = p.log()  # BORN
    return h + logs


@case("log1p")
def log1p_of_minus_one(h):
    p = h * 0 - 1
    return h + torch.log1p(p)  # BORN


@case("log2")
def log2_inside_entropy(h):
    p = F.one_hot(h.argmax(-1), 4) + 0 * h
    entropy = -(p * torch.log2(p)).sum(-1, keepdim=True)  # BORN
    return h + entropy


@case("sqrt")
def sqrt_of_zero(h):
    z = h * 0
    return h + z.sqrt()  # BORN


@case("sqrt")
def distance_to_itself(h):
    between = h.unsqueeze(0) - h.unsqueeze(1)
    square = between.square().sum(-1)
    distance = square.sqrt()  # BORN
    return h + distance.sum(1, keepdim=True)


@case("rsqrt")
def rsqrt_of_zero(h):
    z = (h - h).square().mean(-1, keepdim=True)
    return h * torch.rsqrt(z)  # BORN


@case("pow")
def own_norm_of_zero(h):
    z = h - h
    length = z.pow(2).sum(-1, keepdim=True) ** 0.5  # BORN
    return h + length


@case("pow")
def power_of_zero(h):
    z = h * 0
    return h + z**0.3  # BORN


@case("pow")
def negative_base(h):
    z = -h.abs() - 0.1
    return h + torch.pow(z, 1.5)  # BORN


@case("acos")
def acos_of_one(h):
    cosine = h / h
    angle = torch.acos(cosine)  # BORN
    return h + angle


@case("asin")
def asin_of_one(h):
    sine = h / h
    return h + torch.asin(sine)  # BORN


@case("acos")
def acos_beyond_one(h):
    cosine = h / h * 1.0001
    return h + cosine.acos()  # BORN


@case("atanh")
def atanh_of_one(h):
    t = torch.tanh(h * 1000 + 1000 * h.sign())
    return h + torch.atanh(t)  # BORN


@case("std")
def std_of_one_element(h):
    single = h[:, :1]
    spread = single.std(dim=1, keepdim=True)  # BORN
    return h / (spread + 1e-6)


@case("sqrt")
def root_of_variance(h):
    same = h[:, :1].expand(3, 4)
    spread = same.var(-1, keepdim=True).sqrt()  # BORN
    return h + spread


@case("pow")
def geometric_mean(h):
    z = torch.relu(h) * 0
    mean = z.prod(-1, keepdim=True).pow(0.25)  # BORN
    return h + mean


# ------------------------------------------------------------------ where does not keep it out


@case("log")
def where_log(h):
    z = h.relu() * 0
    safe = torch.where(z > 0, z.log(), torch.zeros_like(z))  # BORN
    return h + safe


@case("div")
def where_div(h):
    z = h * 0
    ratio = h / z  # BORN
    return torch.where(z > 0, ratio, h)


@case("exp")
def where_exp(h):
    z = h.abs() + 100
    grown = torch.exp(z)  # BORN
    return torch.where(z < 10, grown, z)


@case("sqrt")
def where_sqrt(h):
    z = h * 0
    root = z.sqrt()  # BORN
    return h + torch.where(z > 0, root, z)


@case("sqrt")
def where_own_norm(h):
    z = h * 0
    length = torch.sqrt(torch.sum(z * z, dim=-1, keepdim=True))  # BORN
    return h + torch.where(length > 0, length, torch.ones_like(length))


# ------------------------------------------------------------------ masks


@case("softmax")
def softmax_fully_masked_row(h):
    scores = h @ h.T
    mask = torch.zeros(3, 3, dtype=torch.bool)
    mask[1] = True
    scores = scores.masked_fill(mask, float("-inf"))
    weights = F.softmax(scores, dim=-1)  # BORN
    return weights @ h


@case("softmax")
def softmax_added_mask(h):
    mask = torch.full((3, 3), float("-inf"))
    scores = h @ h.T + mask
    weights = scores.softmax(-1)  # BORN
    return weights @ h


@case("softmax")
def softmax_row_left_out_of_the_loss(h):
    scores = h @ h.T
    padding = torch.tensor([[False] * 3, [True] * 3, [False] * 3])
    bias = torch.zeros(3, 3).masked_fill(padding, float("-inf"))
    weights = torch.softmax(scores + bias, -1)  # BORN
    return (weights @ h)[:1] + h


@case("logsumexp")
def logsumexp_of_minus_infinity(h):
    start = torch.full((3, 1), float("-inf"))
    first = torch.cat([start, start], dim=-1) + h[:, :2]
    total = torch.logsumexp(first, dim=-1, keepdim=True)  # BORN
    return h + torch.logsumexp(torch.cat([total, h], dim=-1), dim=-1, keepdim=True)


@case("mul")
def zero_times_mask(h):
    mask = torch.zeros(4).masked_fill(torch.arange(4) > 1, float("inf"))
    weight = torch.zeros(4)
    return h + weight * mask  # BORN


# ------------------------------------------------------------------ overflow and division


@case("exp")
def exp_overflow(h):
    return (h * 1000).abs().exp().log()  # BORN


@case("exp")
def own_softmax(h):
    grown = torch.exp(h.abs() * 1000)  # BORN
    return grown / grown.sum(-1, keepdim=True)


@case("div")
def zero_by_zero(h):
    z = h - h
    return z / z.sum(-1, keepdim=True)  # BORN


@case("div")
def division_by_mean_of_nothing(h):
    mask = torch.zeros(3, 4)
    mean = (h * mask).sum() / mask.sum()  # BORN
    return h + mean


@case("mean")
def mean_of_nothing(h):
    none = h[h > 1e9]
    mean = none.mean()  # BORN
    return h + mean


@case("reciprocal")
def reciprocal_of_zero(h):
    z = h * 0
    return h * torch.reciprocal(z)  # BORN


@case("half")
def fp16_cast_overflow(h):
    large = h.abs() * 1e5 + 1e5
    low = large.half()  # BORN
    return low.float() / 1e5


@case("mul")
def fp16_product_overflow(h):
    low = h.abs().half() + 300
    product = low * low  # BORN
    return product.float() * 1e-4


@case("matmul")
def repeated_product(h):
    w = torch.eye(4) * 1e13
    for _ in range(4):
        h = h @ w  # BORN
    return h


@case("cumprod")
def cumulated_product(h):
    factors = h.abs() + 1e20
    return h + factors.cumprod(-1)  # BORN


# ------------------------------------------------------------------ layers and functions


@case("layer_norm")
def layer_norm_without_eps(h):
    same = h[:, :1].expand(3, 4)
    return h + F.layer_norm(same, (4,), eps=0.0)  # BORN


@case("normalize")
def normalize_without_eps(h):
    return h + F.normalize(h * 0, dim=-1, eps=0.0)  # BORN


@case("div")
def cosine_by_hand(h):
    z = h * 0
    lengths = z.square().sum(-1) * h.square().sum(-1)
    return h + ((z * h).sum(-1) / lengths.sqrt()).unsqueeze(-1)  # BORN


@case("cdist")
def cdist_below_one(h):
    between = torch.cdist(h.repeat(1, 1), h * 1e30, p=2.0)  # BORN
    return h + between.sum(-1, keepdim=True) * 0


class NanGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1

    @staticmethod
    def backward(ctx, g):
        return g * float("nan")


class InfGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g / 0.0


@case("NanGradient")
def custom_backward_nan(h):
    return NanGradient.apply(h)  # BORN


@case("InfGradient")
def custom_backward_inf(h):
    return InfGradient.apply(h)  # BORN


# ------------------------------------------------------------------ losses


@case("mse_loss", "nonfinite-input")
def loss_nan_targets_masked_after(out):
    target = torch.from_numpy(__import__("numpy").array([[1.0, float("nan")] * 2] * 3, "float32"))
    each = F.mse_loss(out, target, reduction="none")  # BORN
    return each[~torch.isnan(target)].mean()


@case("sub", "nonfinite-input")
def loss_nan_target(out):
    target = torch.from_numpy(__import__("numpy").full((3, 4), float("nan"), "float32"))
    return (out - target).abs().mean()  # BORN


@case("log")
def loss_bce_by_hand(out):
    p = torch.sigmoid(out.abs() * 1000 + 1000)
    y = torch.ones_like(p)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # BORN


@case("log")
def loss_log_of_softmax(out):
    p = torch.softmax(out * 1e6, dim=-1)
    return -p.log().mean()  # BORN


@case("cross_entropy")
def loss_of_nothing(out):
    labels = torch.full((3,), -100)
    return F.cross_entropy(out, labels)  # BORN


@case("div")
def loss_divided_by_count(out):
    chosen = out[out > 1e9]
    return chosen.sum() / chosen.numel() if chosen.numel() else out.sum() / torch.zeros(())  # BORN


@case("sqrt")
def loss_gradient_penalty(out):
    penalty = (out * 0).square().sum(-1).sqrt()  # BORN
    return (penalty - 1).square().mean()
