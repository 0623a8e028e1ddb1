"""The models of the overhead benchmark, from arithmetic-bound to nothing but calls.

| name      | parameters        | what its step is bound by           |
|-----------|-------------------|-------------------------------------|
| mlp       | 20                | a step of a few ms: fixed costs show |
| gpt       | 77                | arithmetic                          |
| resnet    | 62                | arithmetic, many small kernels      |
| tiny2000  | 2,000 of 16 wide  | calls: what is paid per parameter   |
| tiny20000 | 20,000 of 16 wide | the same, ten times                 |
| wide      | 6, 201 MB         | memory: batch 1 reads each weight once |

All values are float32, inputs are drawn once, and nothing is random in a forward, so each step
does the same work. Layers are scaled such that no gradient vanishes: an audit looks at
zeros twice, and a model whose gradients are mostly exact zeros is not what people train.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[[], Tensor]


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.into = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x_btc: Tensor) -> Tensor:
        b, t, c = x_btc.shape
        parts = self.into(x_btc).view(b, t, 3, self.heads, c // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(b, t, c))


class _Layer(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(width), _Attention(width, 4)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(self, x_btc: Tensor) -> Tensor:
        x_btc = x_btc + self.attention(self.norm1(x_btc))
        return x_btc + self.mlp(self.norm2(x_btc))


class _GPT(nn.Module):
    WORDS, WIDTH, LAYERS, LENGTH = 1024, 256, 6, 128

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(self.WORDS, self.WIDTH)
        self.places = nn.Embedding(self.LENGTH, self.WIDTH)
        self.layers = nn.Sequential(*[_Layer(self.WIDTH) for _ in range(self.LAYERS)])
        self.norm = nn.LayerNorm(self.WIDTH)
        self.head = nn.Linear(self.WIDTH, self.WORDS, bias=False)

    def forward(self, ids_bt: Tensor) -> Tensor:
        places = torch.arange(ids_bt.shape[1])
        return self.head(self.norm(self.layers(self.words(ids_bt) + self.places(places))))


class _Residual(nn.Module):
    def __init__(self, width: int, out: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip
        self.short = (
            nn.Identity()
            if out == width
            else nn.Sequential(nn.Conv2d(width, out, 1, stride, bias=False), nn.BatchNorm2d(out))
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.body(x) + self.short(x))


class _Chain(nn.Module):
    """Residual and linear: as many calls as with an activation, and no gradient dies in it."""

    def __init__(self, layers: int, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(layers**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = x + layer(x)
        return x


def _gpt() -> tuple[nn.Module, Loss]:
    model = _GPT()
    ids_bt, next_bt = torch.randint(0, _GPT.WORDS, (2, 8, _GPT.LENGTH))
    return model, lambda: functional.cross_entropy(
        model(ids_bt).view(-1, _GPT.WORDS), next_bt.view(-1)
    )


def resnet() -> tuple[nn.Module, Loss]:
    """The shape of a ResNet-18, batches of 8 images of 64 x 64."""
    blocks: list[nn.Module] = []
    width = 64
    for out in (64, 128, 256, 512):
        blocks += [_Residual(width, out, 1 if out == width else 2), _Residual(out, out, 1)]
        width = out
    model = nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(3, 2, 1), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
    )  # fmt: skip
    x, y = torch.randn(8, 3, 64, 64), torch.randint(0, 10, (8,))
    return model, lambda: functional.cross_entropy(model(x), y)


def _regression(model: nn.Module, batch: int, width: int) -> tuple[nn.Module, Loss]:
    x, y = torch.randn(batch, width), torch.randn(batch, width)
    return model, lambda: functional.mse_loss(model(x), y)


def _feedforward(layers: int, width: int, batch: int) -> tuple[nn.Module, Loss]:
    parts: list[nn.Module] = []
    for _ in range(layers):
        parts += [nn.Linear(width, width), nn.ReLU()]
    return _regression(nn.Sequential(*parts[:-1]), batch, width)


@dataclass(frozen=True)
class Shape:
    """One model of the benchmark.

    `steps_to_warm`: audited steps before any is timed. An audit looks at more in its first steps
    (which modules run, what the loss reaches), and again at steps 8 and 16; from the 13th on it
    may only compare what it sees with the step before.
    """

    title: str
    build: Callable[[], tuple[nn.Module, Loss]]
    steps_to_warm: int
    peers: bool = True


SHAPES: dict[str, Shape] = {
    "mlp": Shape("MLP, 20 parameters, batch 64", lambda: _feedforward(10, 256, 64), 130),
    "gpt": Shape("GPT, 6 layers of 256, batch 8 x 128", _gpt, 18),
    "resnet": Shape("ResNet-18 shape, batch 8, 64 x 64", resnet, 36),
    "tiny2000": Shape("2,000 tiny parameters", lambda: _regression(_Chain(1000, 16), 16, 16), 36),
    "tiny20000": Shape(
        "20,000 tiny parameters", lambda: _regression(_Chain(10_000, 16), 16, 16), 18, peers=False
    ),
    "wide": Shape("MLP, 3 layers of 4096, batch 1", lambda: _feedforward(3, 4096, 1), 36),
}

RATES = {"SGD": 1e-3, "AdamW": 1e-5}
"""Small enough that thousands of steps on one batch leave the work of a step as it is, and large
enough that no update is rounded away, which an audit tells of (GA404)."""
CLIP_TO = 1.0


class Training:
    """A model, its optimizer, and what one step of its loop does. The model starts as seed 0."""

    def __init__(self, name: str, optimizer: str) -> None:
        torch.manual_seed(0)
        self.shape = SHAPES[name]
        self.model, self.loss = self.shape.build()
        kinds = {"SGD": torch.optim.SGD, "AdamW": torch.optim.AdamW}
        self.optimizer = kinds[optimizer](self.model.parameters(), lr=RATES[optimizer])
        self.parameters = list(self.model.parameters())

    def step(
        self, *, clip: bool = False, accumulate: int = 1, check: Callable[[], object] | None = None
    ) -> None:
        """Forward and backward `accumulate` times, then clip, `check`, step and clear."""
        for _ in range(accumulate):
            loss = self.loss()
            (loss / accumulate if accumulate > 1 else loss).backward()
        if clip:
            nn.utils.clip_grad_norm_(self.parameters, CLIP_TO)
        if check is not None:
            check()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def sizes(self) -> Iterator[int]:
        """Elements of each parameter."""
        return (p.numel() for p in self.parameters)
