"""Small fits of the real Trainer, of either package, with our callback in them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pytest.importorskip("lightning", reason="Lightning has tests of its own")

from gradaudit.errors import GradAuditWarning
from gradaudit.lightning import GradAuditCallback

LIGHTNING, STANDALONE = "lightning.pytorch", "pytorch_lightning"
BOTH = pytest.mark.parametrize("package", [LIGHTNING, STANDALONE])


def pl(package: str = LIGHTNING) -> Any:
    """The package, told to keep quiet."""
    module = importlib.import_module(package)
    for name in ("lightning.pytorch", "lightning.fabric", "pytorch_lightning"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return module


@functools.cache
def plain(package: str = LIGHTNING) -> Any:
    """A LightningModule with a body and a head that learns a sum."""

    class Plain(pl(package).LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(torch.tanh(self.body(x)))

        def loss(self, rows: list[torch.Tensor]) -> torch.Tensor:
            return nn.functional.mse_loss(self(rows[0]), rows[1])

        def training_step(self, rows: list[torch.Tensor], number: int) -> Any:
            return self.loss(rows)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.05)

    return Plain


def model(package: str = LIGHTNING, /, **methods: Any) -> Any:
    """A new one, with these methods in place of its own."""
    torch.manual_seed(0)
    return type("Tried", (plain(package),), methods)()


def data(batches: int = 8) -> DataLoader[Any]:
    """Two rows a batch."""
    torch.manual_seed(1)
    x = torch.randn(2 * batches, 4)
    return DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=2)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Neither bars nor warnings, unless they are ours and were made errors."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def trainer(package: str = LIGHTNING, /, *callbacks: Any, **options: Any) -> Any:
    """On the CPU, one epoch, nothing drawn and nothing written unless asked for."""
    barebones = options.get("barebones")
    still: dict[str, Any] = {
        "logger": False,
        "enable_checkpointing": False,
        "enable_progress_bar": False,
        "enable_model_summary": False,
    }
    given = {**({} if barebones else still), "accelerator": "cpu", "max_epochs": 1, **options}
    with quiet():
        return pl(package).Trainer(callbacks=list(callbacks), **given)


def fit(
    module: Any,
    *others: Any,
    package: str = LIGHTNING,
    callback: GradAuditCallback | None = None,
    loader: Any = None,
    ckpt_path: Any = None,
    val: Any = None,
    **options: Any,
) -> GradAuditCallback:
    """The callback of a fit that ran to its end. `others`: further callbacks."""
    ours = callback if callback is not None else GradAuditCallback(on_finding="silent")
    host = trainer(package, ours, *others, **options)
    with quiet():
        host.fit(module, data() if loader is None else loader, val, ckpt_path=ckpt_path)
    return ours


def loud(callback: GradAuditCallback) -> set[str]:
    """Codes of errors and warnings; the audit itself must be well."""
    findings = callback.findings
    assert [f.message for f in findings if f.code == "GA901"] == []
    return {f.code for f in findings if f.severity.value != "info"}


def the(callback: GradAuditCallback, code: str) -> Any:
    """The one finding of that code."""
    (found,) = [f for f in callback.findings if f.code == code]
    return found


def line_of(mark: str, file: str) -> int:
    """Number of the line of that file that ends with a comment."""
    with open(file, encoding="utf-8") as lines:
        (number,) = [n for n, text in enumerate(lines, 1) if text.rstrip().endswith(f"# {mark}")]
    return number


__all__ = ["GradAuditCallback", "GradAuditWarning"]
