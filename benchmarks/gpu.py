"""What an audit costs on a GPU: a GPT of 350 million parameters in bf16, audited and bare in turn.

    python -m benchmarks.gpu                   all cases, some minutes; writes results/gpu.json
    python -m benchmarks.gpu --small --cpu     whether this program runs, where there is no GPU

Blocks of steps alternate between an audit that looks and one that is paused, on the same model and
optimizer; before and after each block the device is waited for, and the first steps of a block do
not count. Host time is what the training thread spends on a step while the device is behind.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

import gradaudit

RESULTS = Path(__file__).parent / "results" / "gpu.json"


@dataclass(frozen=True)
class Size:
    """Of a GPT and its batch."""

    layers: int = 24
    width: int = 1024
    heads: int = 16
    words: int = 50_304
    length: int = 1024
    batch: int = 8


SMALL = Size(layers=2, width=64, heads=4, words=128, length=16, batch=2)


class Layer(nn.Module):
    """Attention and a feed-forward net, each behind a norm."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        width = size.width
        self.heads = size.heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.into, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x_btc: Tensor) -> Tensor:
        """The same shape."""
        b, t, c = x_btc.shape
        parts = self.into(self.norm1(x_btc)).view(b, t, 3, self.heads, c // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x_btc = x_btc + self.out(mixed.transpose(1, 2).reshape(b, t, c))
        return x_btc + self.down(functional.gelu(self.up(self.norm2(x_btc))))


class GPT(nn.Module):
    """Decoder only; the last layer shares its weight with the embedding."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.words = nn.Embedding(size.words, size.width)
        self.places = nn.Parameter(torch.zeros(size.length, size.width))
        self.layers = nn.Sequential(*[Layer(size) for _ in range(size.layers)])
        self.norm = nn.LayerNorm(size.width)
        for p in self.parameters():
            nn.init.normal_(p, std=0.02) if p.ndim > 1 else None

    def forward(self, ids_bt: Tensor) -> Tensor:
        """The mean loss of predicting each next word."""
        x_btc = self.norm(self.layers(self.words(ids_bt) + self.places))
        logits_btv = x_btc @ self.words.weight.t()
        return functional.cross_entropy(
            logits_btv[:, :-1].flatten(0, 1).float(), ids_bt[:, 1:].flatten()
        )


class Wait:
    """For the device, and its memory."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"

    def __call__(self) -> None:
        """Until it has done all that was asked of it."""
        if self._cuda:
            torch.cuda.synchronize()

    def peak(self) -> int:
        """Bytes since the last call."""
        if not self._cuda:
            return 0
        peak = torch.cuda.max_memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        return peak


def _block(step: Callable[[], None], wait: Wait, steps: int, warm: int = 2) -> tuple[float, float]:
    """Seconds a step takes, and seconds of the host."""
    for _ in range(warm):
        step()
    wait()
    wait.peak()
    began, host = time.perf_counter(), time.thread_time()
    for _ in range(steps):
        step()
    host = time.thread_time() - host
    wait()
    return (time.perf_counter() - began) / steps, host / steps


def case(
    size: Size, device: torch.device, *, clip: bool, sync: bool, blocks: int, steps: int
) -> dict[str, Any]:
    """Audited against bare, in pairs of blocks; milliseconds, and the quartiles of the ratio."""
    torch.manual_seed(0)
    model = GPT(size).to(device=device, dtype=torch.bfloat16)
    fused: dict[str, Any] = {"fused": True} if device.type == "cuda" else {}
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4, **fused)
    ids_bt = torch.randint(0, size.words, (size.batch, size.length), device=device)
    wait = Wait(device)

    def step() -> None:
        optimizer.zero_grad()
        model(ids_bt).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    pairs: list[tuple[float, float, float, float]] = []
    peaks: tuple[list[int], list[int]] = ([], [])
    audit = gradaudit.watch(model, optimizer, on_finding="silent", trace="off", sync=sync)
    try:
        _block(step, wait, 3)
        for number in range(blocks):
            times: dict[bool, tuple[float, float]] = {}
            for audited in (False, True) if number % 2 else (True, False):
                audit.resume() if audited else audit.pause()
                times[audited] = _block(step, wait, steps)
                peaks[audited].append(wait.peak())
            pairs.append((*times[True], *times[False]))
        audit.resume()
        findings = [f.code for f in audit.findings]
    finally:
        audit.close()
    ratios = sorted(a / b for a, _, b, _ in pairs)
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    tensors = sum(1 for _ in model.parameters())
    return {
        "clip": clip,
        "sync": sync,
        "tensors": tensors,
        "parameters": sum(p.numel() for p in model.parameters()),
        "bare_ms": 1e3 * statistics.median(p[2] for p in pairs),
        "audited_ms": 1e3 * statistics.median(p[0] for p in pairs),
        "ratio": middle,
        "quartiles": [low, high],
        "host_bare_ms": 1e3 * statistics.median(p[3] for p in pairs),
        "host_audited_ms": 1e3 * statistics.median(p[1] for p in pairs),
        "extra_device_bytes": max(peaks[True]) - max(peaks[False]),
        "findings": findings,
    }


def machine(device: torch.device) -> dict[str, Any]:
    """What it ran on."""
    cuda = device.type == "cuda"
    return {
        "device": torch.cuda.get_device_name(device) if cuda else platform.processor() or "CPU",
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "python": platform.python_version(),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.gpu", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--small", action="store_true", help="a tiny model; writes nothing")
    parser.add_argument("--cpu", action="store_true", help="without a GPU; writes nothing")
    parser.add_argument("--blocks", type=int, default=15, help="pairs of blocks")
    parser.add_argument("--steps", type=int, default=10, help="in a block")
    parser.add_argument("--json", type=Path, default=None, help="where to write the result as well")
    chosen = parser.parse_args()
    if not chosen.cpu and not torch.cuda.is_available():
        raise SystemExit("no GPU that torch can use: give --small --cpu to see whether this runs")
    device = torch.device("cpu" if chosen.cpu else "cuda")
    size = SMALL if chosen.small else Size()
    cases = [
        case(size, device, clip=clip, sync=sync, blocks=chosen.blocks, steps=chosen.steps)
        for clip, sync in ((False, False), (True, False), (False, True))
    ]
    result = {"machine": machine(device), "size": asdict(size), "cases": cases}
    text = json.dumps(result, indent=1) + "\n"
    for path in (chosen.json, None if chosen.small or chosen.cpu else RESULTS):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
