"""Mistakes that are made around the Trainer: each gets its code, its culprit and its line."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from gradaudit import GradAuditError
from gradaudit.transformers import GradAuditCallback
from tests.hosts.trainers import (
    WORDS,
    Sentences,
    bert,
    llama,
    loud,
    only,
    trained,
    transformers,
)  # fmt: skip

UP = "model.layers.1.mlp.up_proj.weight"


def _here(finding: Any, mark: str) -> None:
    """Its cause is the line of this file that ends in `mark`."""
    assert finding.cause is not None, str(finding)
    assert finding.cause.file.endswith("test_transformers_mistakes.py")
    assert finding.cause.source.endswith(f"# {mark}")


def test_a_layer_that_forward_never_calls() -> None:
    """GA101, with `unused-module`."""
    model = llama()
    model.extra = nn.Linear(3, 3)
    found = only(trained(model), "GA101")
    assert found.parameters == ("extra.weight", "extra.bias")
    assert found.cause.kind == "unused-module"


def test_hidden_states_that_compute_loss_detaches() -> None:
    """Only the head learns: GA101 for all others, at the line of the detach."""

    class Detaching(transformers.Trainer):
        def compute_loss(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
            hidden = model.model(input_ids=inputs["input_ids"]).last_hidden_state
            logits = model.lm_head(hidden.detach())  # cut
            return nn.functional.cross_entropy(logits.view(-1, WORDS), inputs["labels"].view(-1))

    found = only(trained(llama(), kind=Detaching), "GA101")
    assert len(found.parameters) == 20
    assert found.cause.kind == "detach"
    _here(found, "cut")


@pytest.mark.parametrize("every", [1, 3])
def test_a_loss_that_is_detached_and_made_to_require_grad(every: int) -> None:
    """It raises nothing, and the Trainer divides it: GA104 all the same; clipping is no cause."""

    class Detaching(transformers.Trainer):
        def compute_loss(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
            return model(**inputs).loss.detach().requires_grad_()  # cut

    found = only(trained(llama(), kind=Detaching, gradient_accumulation_steps=every), "GA104")
    assert found.severity.value == "error"
    _here(found, "cut")


def test_a_loss_that_is_detached_ends_the_training_and_is_explained(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Autograd raises, the Trainer calls no callback, and the report is printed all the same."""

    class Detaching(transformers.Trainer):
        def compute_loss(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
            return model(**inputs).loss.detach()  # cut

    callback = GradAuditCallback()
    with pytest.raises(RuntimeError, match="does not require grad"):
        trained(llama(), kind=Detaching, callback=callback)
    _here(only(callback, "GA104"), "cut")
    assert "GA104 disconnected-loss" in capfd.readouterr().err
    assert "RuntimeError" in (callback.report().exception or "")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_one_gradient_that_is_not_finite(value: float) -> None:
    """Clipping spreads it to all: GA201 names the one that had it before, and only that one."""
    model = llama()
    calls = 0

    def spoil(gradient: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        return gradient * value if calls == 3 else gradient

    model.get_parameter(UP).register_hook(spoil)
    callback = trained(model, max_steps=3)
    first = next(f for f in callback.report().findings if f.code == "GA201")
    assert first.parameters == (UP,)
    assert first.first_step == 2
    assert set(loud(callback)) == {"GA201", "GA206"}  # the weights are NaN after it, all of them


def test_raise_on_stops_before_the_step() -> None:
    """The weights are those of the step before, finite."""
    model = llama()
    model.get_parameter(UP).register_hook(lambda gradient: gradient * float("nan"))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    with pytest.raises(GradAuditError, match=f"GA201.*{UP}") as raised:
        trained(model, callback=GradAuditCallback(on_finding="silent", raise_on="error"))
    assert [f.code for f in raised.value.findings] == ["GA201"]
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())


@pytest.mark.slow
def test_gradients_that_nobody_clears() -> None:
    """The Trainer clears through the model's method: where that does nothing, GA301."""
    model = llama()
    model.zero_grad = lambda *_: None
    assert only(trained(model), "GA301").severity.value == "error"


def test_a_reentrant_checkpoint_without_an_input_that_requires_grad() -> None:
    """Frozen embeddings, and a model that cannot make their outputs require grad: GA101."""
    model = llama()
    model.model.embed_tokens.requires_grad_(False)
    model.enable_input_require_grads = lambda *_: None
    with pytest.warns(UserWarning, match="None of the inputs have requires_grad"):
        callback = trained(
            model, gradient_checkpointing=True,
            gradient_checkpointing_kwargs={"use_reentrant": True},
        )  # fmt: skip
    found = only(callback, "GA101")
    assert found.cause.kind == "reentrant-checkpoint"
    assert len(found.parameters) == 18
    assert "use_reentrant=False" in found.fix


def test_an_optimizer_that_was_made_for_another_model() -> None:
    """It trains nothing: GA402, and `train` is not stopped for it."""
    optimizer = torch.optim.AdamW(llama().parameters())
    callback = trained(llama(), more={"optimizers": (optimizer, None)})
    assert "GA402" in loud(callback)


@pytest.mark.slow
def test_an_optimizer_of_the_head_alone() -> None:
    """GA401 for what gets gradients and is in no optimizer."""
    model = llama()
    optimizer = torch.optim.AdamW(model.lm_head.parameters())
    found = only(trained(model, more={"optimizers": (optimizer, None)}), "GA401")
    assert len(found.parameters) == 20


@pytest.mark.slow
def test_a_pooler_that_the_head_does_not_use() -> None:
    """Dead weight of the architecture is one finding with one module."""
    torch.manual_seed(0)
    config = transformers.BigBirdConfig(
        vocab_size=WORDS, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, attention_type="original_full", num_labels=3,
    )  # fmt: skip
    model = transformers.BigBirdForSequenceClassification(config)
    found = only(trained(model, data=Sentences()), "GA101")
    assert {name.split(".")[1] for name in found.parameters} == {"pooler"}


@pytest.mark.slow
def test_an_expert_that_no_token_ever_reaches() -> None:
    """A module list of experts, and a gate that never chooses one of them."""

    class Routed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.gate = nn.Embedding(WORDS, 8), nn.Linear(8, 3)
            self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
            self.head = nn.Linear(8, WORDS)
            with torch.no_grad():
                self.gate.bias[2] = -1e4

        def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> dict[str, Any]:
            x = self.embed(input_ids)
            weights, chosen = self.gate(x).softmax(-1).max(-1)
            routed = x
            for number, expert in enumerate(self.experts):
                if (chosen == number).any():
                    routed = routed + expert(x) * (weights * (chosen == number)).unsqueeze(-1)
            logits = self.head(routed)
            return {"loss": nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())}

    torch.manual_seed(0)
    found = only(trained(Routed(), num_train_epochs=6), "GA101")
    assert found.parameters == ("experts.2.weight", "experts.2.bias")
    assert found.cause.kind == "unused-module"


@pytest.mark.slow
def test_a_freeze_that_freezes_nothing() -> None:
    """`requires_grad = False` on a module is an attribute like any other."""
    model = bert()
    model.bert.requires_grad = False
    assert loud(trained(model, data=Sentences())) == ["GA406"]
