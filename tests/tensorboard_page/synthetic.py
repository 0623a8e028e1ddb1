"""Logs shaped like a transformer's, written without training one: many parameters, many steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gradaudit.events import FROZEN, INF, NAN, NONE, STALE, ZERO
from tests.tensorboard_plugin.logs import Log

_INNER = [
    f"{part}.{kind}"
    for part in (
        *(f"self_attn.{proj}_proj" for proj in "qkv"), "self_attn.out_proj",
        "linear1", "linear2", "norm1", "norm2",
    )
    for kind in ("weight", "bias")
]  # fmt: skip


def names_of(count: int) -> list[str]:
    """Qualified names of a transformer with about so many parameters, exactly `count` of them."""
    layers = max(2, (count - 6) // len(_INNER))
    half = layers // 2
    names = ["embed.tokens.weight", "embed.positions.weight"]
    for layer in range(layers):
        side, place = ("encoder", layer) if layer < half else ("decoder", layer - half)
        names += [f"{side}.layers.{place}.{inner}" for inner in _INNER]
    names += ["aux_head.proj.weight", "aux_head.proj.bias", "lm_head.weight", "lm_head.bias"]
    names += [f"adapters.{k}.lora_A" for k in range(count)]
    return names[:count]


def finding(code: str, name: str, severity: str, **rest: Any) -> dict[str, Any]:
    """A finding as it stands in a report's JSON."""
    return {
        "code": code, "name": name, "severity": severity, "message": "", "fix": "",
        "parameters": [], "model": "Net", "optimizer": "AdamW", "rank": 0, "cause": None,
        "first_step": 0, "last_step": 0, "count": 1, "evidence": {},
    } | rest  # fmt: skip


def cause(kind: str, line: int, **rest: Any) -> dict[str, Any]:
    return {"kind": kind, "op": None, "file": "train.py", "line": line, "function": "forward",
            "module": None, "certain": True} | rest  # fmt: skip


def write(
    folder: Path, count: int, steps: int, *, bad: bool = True, seed: int = 0, rank: int = 0,
    names: list[str] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """A run of `steps` steps; `bad`: with five mistakes. Returns its findings."""
    rng = np.random.default_rng(seed)
    names = names_of(count) if names is None else names
    count = len(names)
    base = -3 + 1.2 * np.arange(count) / count + rng.normal(0, 0.8, count)
    log = Log(folder, rank=rank)
    log.schema(names)

    def among(pattern: str) -> np.ndarray:
        return np.array([i for i, name in enumerate(names) if pattern in name], int)

    sick = among("decoder.layers.1.")
    at = {"nan": int(0.7 * steps), "zero": int(0.12 * steps), "stale": int(0.35 * steps)}
    for low in range(0, steps, 32):
        here = np.arange(low, min(steps, low + 32))
        noise = rng.normal(0, 0.2, (len(here), count))
        norms = np.exp2(base - 1.2 * np.log1p(here / 200.0)[:, None] + noise)
        status = np.zeros((len(here), count), np.uint8)
        status[:, among("embed.")] = FROZEN
        if bad:
            status[:, among("aux_head")] = NONE
            rows = here >= at["zero"]
            status[np.ix_(rows, among("encoder.layers.1.linear1"))] = ZERO
            rows = (here >= at["stale"]) & (here < int(0.47 * steps))
            status[np.ix_(rows, among("decoder.layers.0.self_attn"))] = STALE
            status[np.ix_(here == at["nan"] - 1, sick[8:12])] = INF
            status[np.ix_(here == at["nan"], sick)] = NAN
        norms = np.where(status == NAN, np.nan, norms)
        norms = np.where(status == INF, np.inf, norms)
        norms = np.where(status == ZERO, 0.0, norms)
        log.cells(here, status, norms)
    findings = _findings(steps, at, names, rank) if bad else []
    log.findings(findings, steps)
    log.close()
    return findings


def _findings(steps: int, at: dict[str, int], names: list[str], rank: int) -> list[dict[str, Any]]:
    def among(pattern: str) -> list[str]:
        return [name for name in names if pattern in name]

    last = steps - 1
    return [
        finding(
            "GA101", "missing-gradient", "warning", rank=rank, parameters=among("aux_head"),
            message="`aux_head.proj.weight` and `aux_head.proj.bias` got no gradient in any step",
            cause=cause("unused-output", 88, module="aux_head"), last_step=last, count=steps,
            fix="add the output of aux_head to the loss, or freeze the module",
            evidence={"source": "loss = criterion(out, target)"},
        ),
        finding(
            "GA203", "zero-gradient", "warning", rank=rank,
            parameters=among("encoder.layers.1.linear1"), first_step=at["zero"], last_step=last,
            message="`encoder.layers.1.linear1.weight` and 1 more are exactly zero in every step",
            count=steps - at["zero"], fix="lower the learning rate, or use GELU in place of ReLU",
        ),
        finding(
            "GA301", "missing-zero-grad", "error", rank=rank,
            parameters=among("decoder.layers.0.self_attn"), first_step=at["stale"],
            last_step=int(0.47 * steps) - 1, count=int(0.12 * steps),
            message="a step used gradients that an earlier step had used already",
            cause=cause("cleared", 121, op="Optimizer.step", certain=False),
            fix="call `optimizer.zero_grad()` before each backward",
            evidence={"source": "if n_tokens == 0: continue"},
        ),
        finding(
            "GA201", "nonfinite-gradient", "error", rank=rank,
            parameters=among("decoder.layers.1."), first_step=at["nan"], last_step=at["nan"],
            message=f"`decoder.layers.1.linear1.weight` and 15 more held NaN at step {at['nan']}",
            cause=cause("nonfinite-op", 67, op="torch.div", module="decoder.layers.1.self_attn"),
            fix="`mask.sum(-1)` is 0 for an empty row: clamp it to at least 1",
            evidence={"source": "attn = scores / mask.sum(-1, keepdim=True)"},
        ),
    ]  # fmt: skip
