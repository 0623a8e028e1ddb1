"""What else people put into a loop to know of bad gradients, each as a way to do the same step.

Those that are packages are measured where they can be imported:

    pip install --no-deps --target build/peers torch-audit torcheck torchdiag
    PYTHONPATH=build/peers make bench

Each is asked to look at every step, as the audit does, whatever its default is. What they look at
differs, and the page says it: the times are to be read with it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import io
from collections.abc import Callable
from typing import Any

import torch

from benchmarks.models import Training
from benchmarks.timing import Way

PACKAGES = {"torch-audit": "torch_audit", "torcheck": "torcheck", "torchdiag": "torchdiag"}


def version(package: str) -> str | None:
    """Of an installed package; None where it cannot be imported."""
    try:
        importlib.import_module(PACKAGES[package])
        return importlib.metadata.version(package)
    except ImportError:  # PackageNotFoundError is one
        return None


def clipping(training: Training) -> Way:
    """The yardstick: one pass over all gradients and one more to scale them."""
    return Way("clip_grad_norm_", lambda: training.step(clip=True))


def _isfinite_loop(training: Training) -> Way:
    parameters = training.parameters

    def check() -> bool:
        return all(torch.isfinite(p.grad).all() for p in parameters if p.grad is not None)

    return Way("isfinite loop", lambda: training.step(check=check))


def _detect_anomaly(training: Training) -> Way:
    switch = torch.autograd.set_detect_anomaly
    return Way("detect_anomaly", training.step, lambda: switch(True), lambda: switch(False))


def _torch_audit(training: Training) -> Way:
    package = importlib.import_module("torch_audit")
    auditor = package.Auditor(training.model, optimizer=training.optimizer, every_n_steps=1)
    return Way("torch-audit", training.step, auditor.autopatch, auditor.unpatch)


def _torcheck(training: Training) -> Way:
    package = importlib.import_module("torcheck")
    package.register(training.optimizer)
    package.add_module_nan_check(training.model)
    package.add_module_inf_check(training.model)
    # It has put functions of its own into both objects, and has no way back: keep them aside.
    places: list[tuple[Any, str]] = [(training.model, "forward"), (training.optimizer, "step")]
    wrapped = [(holder, name, vars(holder)[name]) for holder, name in places]

    def on() -> None:
        for holder, name, function in wrapped:
            vars(holder)[name] = function

    def off() -> None:
        for holder, name, _ in wrapped:
            vars(holder).pop(name)

    off()
    return Way("torcheck", training.step, on, off)


def _torchdiag(training: Training) -> Way:
    package = importlib.import_module("torchdiag")

    def check() -> None:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a table each time
            package.check_gradients(training.model)

    return Way("torchdiag", lambda: training.step(check=check))


_MAKERS: dict[str, Callable[[Training], Way]] = {
    "clip_grad_norm_": clipping,
    "isfinite loop": _isfinite_loop,
    "detect_anomaly": _detect_anomaly,
    "torch-audit": _torch_audit,
    "torcheck": _torcheck,
    "torchdiag": _torchdiag,
}


def ways(training: Training) -> tuple[list[Way], dict[str, str]]:
    """All that work here; and name -> why not, of the others."""
    working: list[Way] = []
    absent: dict[str, str] = {}
    for name, make in _MAKERS.items():
        if name in PACKAGES and version(name) is None:
            absent[name] = "not installed"
            continue
        try:
            way = make(training)
            way.begin()
            try:
                way.step()
            finally:
                way.end()
            working.append(way)
        except Exception as error:
            absent[name] = f"fails: {type(error).__name__}: {error}".splitlines()[0][:120]
    return working, absent
