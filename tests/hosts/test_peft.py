"""Adapters of PEFT under the Trainer: zeros at the first step are theirs by construction."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from gradaudit.transformers import GradAuditCallback
from tests.hosts.trainers import llama, loud, only, trained

peft: Any = pytest.importorskip("peft")

ADAPTERS = {
    "LoRA": lambda: peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, target_modules=["q_proj", "v_proj"]
    ),
    "LoRA with dropout": lambda: peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, lora_dropout=0.1, target_modules=["q_proj", "v_proj"]
    ),
    "DoRA": lambda: peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, use_dora=True, target_modules=["q_proj", "v_proj"]
    ),
    "AdaLoRA": lambda: peft.AdaLoraConfig(
        task_type="CAUSAL_LM", init_r=3, target_r=2, total_step=12, tinit=2, tfinal=2,
        target_modules=["q_proj", "v_proj"],
    ),
    "IA3": lambda: peft.IA3Config(
        task_type="CAUSAL_LM", target_modules=["k_proj", "v_proj", "down_proj"],
        feedforward_modules=["down_proj"],
    ),
    "prompt tuning": lambda: peft.PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
    "prefix tuning": lambda: peft.PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3),
    "modules_to_save": lambda: peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, target_modules=["q_proj"], modules_to_save=["lm_head"]
    ),
    "tied weights": lambda: peft.LoraConfig(
        task_type="CAUSAL_LM", r=2, target_modules=["q_proj"]
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "kind",
    [pytest.param(k, marks=[pytest.mark.slow] if i else []) for i, k in enumerate(ADAPTERS)],
)
def test_an_adapter_that_learns(kind: str) -> None:
    """Nothing is said, and only the adapter is trained."""
    model = peft.get_peft_model(llama(tie_word_embeddings=kind == "tied weights"), ADAPTERS[kind]())
    callback = trained(model)
    assert loud(callback) == [], str(callback.report())
    statuses = set(callback.statuses().values())
    assert "frozen" in statuses
    assert "ok" in statuses


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.slow
def test_under_a_checkpoint(reentrant: bool) -> None:
    """Frozen embeddings below it are no trouble: Transformers makes their output require grad."""
    model = peft.get_peft_model(llama(), ADAPTERS["LoRA"]())
    callback = trained(
        model, gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": reentrant},
    )  # fmt: skip
    assert loud(callback) == [], str(callback.report())


class _First:
    """Statuses at each optimizer step, as a sink hears of them."""

    def __init__(self) -> None:
        self.steps: list[Any] = []

    def emit(self, record: Any) -> None:
        if type(record).__name__ == "StepTaken":
            self.steps.append(record.status.copy())

    def close(self) -> None:
        pass


def test_a_is_zero_at_the_first_step_and_never_after() -> None:
    """What the silence is about: B is zero at first, so A's gradient is exactly zero."""
    model = peft.get_peft_model(llama(), ADAPTERS["LoRA"]())
    heard = _First()
    callback = GradAuditCallback(on_finding="silent", sinks=[heard])
    trained(model, callback=callback)
    zeros = [int((status == 4).sum()) for status in heard.steps]
    assert zeros[0] == 4
    assert set(zeros[1:]) == {0}


@pytest.mark.slow
def test_of_several_adapters_the_active_one_is_judged() -> None:
    """PEFT freezes the others."""
    model = peft.get_peft_model(llama(), ADAPTERS["LoRA"]())
    model.add_adapter("second", ADAPTERS["LoRA"]())
    model.set_adapter("second")
    callback = trained(model)
    assert loud(callback) == [], str(callback.report())
    moved = {name for name, status in callback.statuses().items() if status == "ok"}
    assert moved
    assert all("second" in name for name in moved)


@pytest.mark.slow
def test_an_optimizer_that_holds_the_adapter_that_is_not_active() -> None:
    """Made before the adapter was switched: what learns now is in no optimizer."""
    model = peft.get_peft_model(llama(), ADAPTERS["LoRA"]())
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad])
    model.add_adapter("second", ADAPTERS["LoRA"]())
    model.set_adapter("second")
    callback = trained(model, more={"optimizers": (optimizer, None)})
    assert "GA401" in loud(callback), str(callback.report())


@pytest.mark.slow
def test_a_copy_of_the_head_that_is_not_reached() -> None:
    """`modules_to_save` beside a forward that goes around it: dead weight is named."""
    model = peft.get_peft_model(llama(), ADAPTERS["LoRA"]())
    model.base_model.model.value_head = torch.nn.Linear(16, 1)
    found = only(trained(model), "GA101")
    assert all("value_head" in name for name in found.parameters)
