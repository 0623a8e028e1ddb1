"""Very small Transformers models and data, and one way to train them with the real Trainer."""

from __future__ import annotations

import os
import tempfile
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset
from tqdm.std import tqdm

transformers: Any = pytest.importorskip("transformers")

from gradaudit.transformers import GradAuditCallback  # noqa: E402

transformers.logging.set_verbosity_error()
tqdm.monitor_interval = 0  # else its thread outlives the bar

WORDS = 100


class Counting(Dataset[dict[str, Tensor]]):
    """Sequences that count upwards; `extra` columns are the same for all rows."""

    def __init__(self, rows: int = 16, **extra: Tensor) -> None:
        self.rows, self.extra = rows, extra

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        ids = 4 + (index * 5 + torch.arange(8)) % 90
        return {"input_ids": ids, "labels": ids.clone(), **self.extra}


class Sentences(Counting):
    """The same with one label of three for each."""

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {**super().__getitem__(index), "labels": torch.tensor(index % 3)}


def llama(**changes: Any) -> Any:
    """A causal model of two layers."""
    torch.manual_seed(0)
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(**{
            "vocab_size": WORDS, "hidden_size": 16, "intermediate_size": 32,
            "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, **changes,
        })
    )  # fmt: skip


def bert(kind: str = "BertForSequenceClassification", **changes: Any) -> Any:
    """An encoder of two layers with a head."""
    torch.manual_seed(0)
    config = transformers.BertConfig(**{
        "vocab_size": WORDS, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 2, "max_position_embeddings": 32, "num_labels": 3, **changes,
    })  # fmt: skip
    return getattr(transformers, kind)(config)


def t5(**changes: Any) -> Any:
    """An encoder and a decoder, two layers each."""
    torch.manual_seed(0)
    return transformers.T5ForConditionalGeneration(
        transformers.T5Config(**{
            "vocab_size": WORDS, "d_model": 16, "d_ff": 32, "d_kv": 8, "num_layers": 2,
            "num_heads": 2, "decoder_start_token_id": 0, **changes,
        })
    )  # fmt: skip


def arguments(folder: str | None = None, *, kind: Any = None, **options: Any) -> Any:
    """Six batches of two rows, three epochs; nothing is saved, drawn or reported."""
    return (kind or transformers.TrainingArguments)(
        folder or tempfile.mkdtemp(prefix="gradaudit-"),
        **{
            "num_train_epochs": 3, "per_device_train_batch_size": 4, "use_cpu": True,
            "report_to": [], "save_strategy": "no", "logging_strategy": "no",
            "disable_tqdm": True, "learning_rate": 1e-3, **options,
        },
    )  # fmt: skip


def trainer(
    model: Any,
    callback: Any = None,
    *,
    kind: Any = None,
    data: Any = None,
    more: Any = None,
    **options: Any,
) -> Any:
    """A Trainer with `callback`; `more`: what its constructor gets, `options`: its arguments."""
    more = dict(more or {})
    return (kind or transformers.Trainer)(
        model=model,
        args=more.pop("args", None) or arguments(**options),
        train_dataset=Counting() if data is None else data,
        callbacks=[*([callback] if callback is not None else []), *more.pop("callbacks", [])],
        **more,
    )  # fmt: skip


def trained(model: Any, *, callback: Any = None, **how: Any) -> GradAuditCallback:
    """Train it as in `trainer`; the callback that has listened."""
    callback = callback or GradAuditCallback(on_finding="silent")
    trainer(model, callback, **how).train()
    return callback


def loud(callback: Any) -> list[str]:
    """Codes of errors and warnings, in the report's order."""
    return [f.code for f in callback.report().findings if f.severity.value != "info"]


def only(callback: Any, code: str) -> Any:
    """The one finding that is an error or a warning, which has this code."""
    assert loud(callback) == [code], str(callback.report())
    return next(f for f in callback.report().findings if f.code == code)
