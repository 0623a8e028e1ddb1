"""Loops that a framework drives: Lightning, the Transformers Trainer, Accelerate.

None of them is imported before a loop runs. The watch begins when training begins: optimizers and
lazy layers do not exist before that.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

from tests.loops.pattern import Loops, Watch, error, net, sgd

LIGHTNING = Loops(needs="lightning")
TRANSFORMERS = Loops(needs="transformers")
ACCELERATE = Loops(needs="accelerate")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Frameworks talk; a test does not want to listen."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


# --- Lightning


def _fit(
    watch: Watch,
    *,
    optimizer: Callable[[Any], torch.optim.Optimizer] = lambda module: sgd(module),
    methods: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """One epoch of eight batches; `methods` are put over those of a plain LightningModule."""
    pl: Any = importlib.import_module("lightning.pytorch")
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)

    class Plain(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.tanh(self.body(x)))

        def training_step(self, rows: list[Tensor], number: int) -> Tensor | None:
            return nn.functional.mse_loss(self(rows[0]), rows[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return optimizer(self)

    class Attach(pl.Callback):
        def on_train_start(self, trainer: Any, module: Any) -> None:
            stack.enter_context(watch(module, trainer.optimizers))

        def on_train_end(self, trainer: Any, module: Any) -> None:
            stack.close()

    torch.manual_seed(0)
    x = torch.randn(16, 4)
    data = DataLoader(TensorDataset(x, x.sum(dim=1, keepdim=True)), batch_size=2)
    module = type("Tried", (Plain,), methods or {})()
    with contextlib.ExitStack() as stack, _quiet():
        pl.Trainer(
            accelerator="cpu",
            max_epochs=1,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Attach()],
            **options,
        ).fit(module, data)


def _lbfgs(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.LBFGS(module.parameters(), lr=0.1, max_iter=3)


@LIGHTNING.loop("Lightning: automatic optimisation")
def _(watch: Watch) -> None:
    _fit(watch)


@LIGHTNING.loop("Lightning: accumulate_grad_batches=3, with a tail")
def _(watch: Watch) -> None:
    _fit(watch, accumulate_grad_batches=3)


@LIGHTNING.loop("Lightning: gradients are clipped")
def _(watch: Watch) -> None:
    _fit(watch, gradient_clip_val=0.5)


@LIGHTNING.loop("Lightning: LBFGS")
def _(watch: Watch) -> None:
    _fit(watch, optimizer=_lbfgs)


# Inside an accumulation window Lightning's closure does not clear, and LBFGS calls it often.
@LIGHTNING.loop("Lightning: LBFGS together with accumulation", "GA307")
def _(watch: Watch) -> None:
    _fit(watch, optimizer=_lbfgs, accumulate_grad_batches=2)


@LIGHTNING.loop("Lightning: some training steps return None")
def _(watch: Watch) -> None:
    def training_step(self: Any, rows: list[Tensor], number: int) -> Tensor | None:
        return nn.functional.mse_loss(self(rows[0]), rows[1]) if number % 3 != 1 else None

    _fit(watch, methods={"training_step": training_step})


@LIGHTNING.loop("Lightning: optimizer_zero_grad does nothing", "GA301")
def _(watch: Watch) -> None:
    _fit(watch, methods={"optimizer_zero_grad": lambda *_: None})


# The closure clears before its backward, so half of the gradients are thrown away. Lightning's own
# documentation shows it so, and the two ways to the backward are two lines of the user's.
@LIGHTNING.loop("Lightning: every other batch runs its closure and no step")
def _(watch: Watch) -> None:
    def optimizer_step(
        self: Any, epoch: int, number: int, optimizer: Any, closure: Callable[[], Any]
    ) -> None:
        if number % 2 == 1:
            optimizer.step(closure=closure)
        else:
            closure()

    _fit(watch, methods={"optimizer_step": optimizer_step})


@LIGHTNING.loop("Lightning: 16-mixed with a gradient scaler")
def _(watch: Watch) -> None:
    plugins: Any = importlib.import_module("lightning.pytorch.plugins")
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    _fit(watch, plugins=[plugins.MixedPrecision("16-mixed", "cpu", scaler)])


@LIGHTNING.loop("Lightning: manual optimisation")
def _(watch: Watch) -> None:
    def training_step(self: Any, rows: list[Tensor], number: int) -> None:
        optimizer = self.optimizers()
        optimizer.zero_grad()
        self.manual_backward(nn.functional.mse_loss(self(rows[0]), rows[1]))
        optimizer.step()

    _fit(watch, methods={"training_step": training_step, "automatic_optimization": False})


# --- Transformers


class _Counting(Dataset[dict[str, Tensor]]):
    """Sequences that count upwards."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        ids = 4 + (index * 5 + torch.arange(8)) % 90
        return {"input_ids": ids, "labels": ids.clone()}


def _train(watch: Watch, **options: Any) -> None:
    """Two epochs of a very small causal model."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    transformers: Any = importlib.import_module("transformers")
    transformers.logging.set_verbosity_error()

    class Attach(transformers.TrainerCallback):
        def on_train_begin(
            self, args: Any, state: Any, control: Any, model: Any, optimizer: Any, **_: Any
        ) -> None:
            inner = getattr(optimizer, "optimizer", optimizer)  # below accelerate's wrapper
            stack.enter_context(watch(model, inner))

        def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            stack.close()

    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=100,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    with (
        contextlib.ExitStack() as stack,
        tempfile.TemporaryDirectory() as folder,
        _quiet(),
    ):
        arguments = transformers.TrainingArguments(
            folder,
            num_train_epochs=2,
            per_device_train_batch_size=2,
            use_cpu=True,
            report_to=[],
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            **options,
        )
        transformers.Trainer(
            model=transformers.LlamaForCausalLM(config),
            args=arguments,
            train_dataset=_Counting(),
            callbacks=[Attach()],
        ).train()


@TRANSFORMERS.loop("Transformers: Trainer")
def _(watch: Watch) -> None:
    _train(watch)


@TRANSFORMERS.loop("Transformers: Trainer, gradient_accumulation_steps=3, with a tail")
def _(watch: Watch) -> None:
    _train(watch, gradient_accumulation_steps=3)


# --- Accelerate


@ACCELERATE.loop("Accelerate: accumulate over 2 batches, with a tail")
def _(watch: Watch) -> None:
    accelerate: Any = importlib.import_module("accelerate")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = net()
    rows: Any = torch.randn(10, 4)
    model, optimizer, loader = accelerator.prepare(
        model, sgd(model), DataLoader(rows, batch_size=2)
    )
    with watch(model, optimizer.optimizer):
        for x in loader:
            with accelerator.accumulate(model):
                loss = (model(x) - x.sum(dim=1, keepdim=True)).square().mean()
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()


@ACCELERATE.loop("Accelerate: cleared first inside accumulate", "GA303")
def _(watch: Watch) -> None:
    accelerate: Any = importlib.import_module("accelerate")
    accelerator = accelerate.Accelerator(cpu=True, gradient_accumulation_steps=2)
    model = net()
    model, optimizer = accelerator.prepare(model, sgd(model))
    with watch(model):
        for _ in range(8):
            with accelerator.accumulate(model):
                optimizer.zero_grad()
                accelerator.backward(error(model))
                optimizer.step()
