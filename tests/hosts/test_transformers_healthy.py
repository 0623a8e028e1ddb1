"""What people train with the Trainer, and train rightly: no error, no warning, nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from gradaudit.transformers import GradAuditCallback
from tests.hosts.trainers import (
    Counting,
    Sentences,
    arguments,
    bert,
    llama,
    loud,
    t5,
    trained,
    transformers,
)  # fmt: skip

WAYS: dict[str, Callable[[], GradAuditCallback]] = {}


def way(said: str) -> Callable[[Callable[[], Any]], None]:
    def add(run: Callable[[], Any]) -> None:
        WAYS[said] = run

    return add


def options(said: str, model: Callable[[], Any] = llama, **how: Any) -> None:
    """One that is told by its arguments alone."""
    WAYS[said] = lambda: trained(model(), **how)


options("as it comes")
options("accumulation with a tail", gradient_accumulation_steps=3)
options("accumulation over more batches than there are", gradient_accumulation_steps=16)
options("no clipping", max_grad_norm=0)
options("clipped to next to nothing", max_grad_norm=1e-4)
options("accumulated, clipped, in bfloat16", bf16=True, gradient_accumulation_steps=2)
options("checkpointing", gradient_checkpointing=True)
options("reentrant checkpointing", gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": True})  # fmt: skip
options("label smoothing", label_smoothing_factor=0.1)
options("tied weights", lambda: llama(tie_word_embeddings=True))
options("weights in bfloat16", lambda: llama().to(torch.bfloat16))
options("a head on an encoder", bert, data=Sentences())
options("masked words", lambda: bert("BertForMaskedLM"))
options("an encoder and a decoder", t5)
options("adafactor", optim="adafactor")
options("noisy embeddings", neftune_noise_alpha=5)
options("warm-up from a rate of zero", warmup_steps=4, lr_scheduler_type="linear")
options("evaluation in between", eval_strategy="steps", eval_steps=2, eval_on_start=True,
        more={"eval_dataset": Counting(4)})  # fmt: skip


@way("a frozen backbone")
def _() -> Any:
    model = bert()
    model.bert.requires_grad_(False)
    return trained(model, data=Sentences())


@way("frozen embeddings below a reentrant checkpoint, as the Trainer mends it")
def _() -> Any:
    model = llama()
    model.model.embed_tokens.requires_grad_(False)
    return trained(
        model, gradient_checkpointing=True,
        gradient_checkpointing_kwargs={"use_reentrant": True},
    )  # fmt: skip


@way("frozen embeddings below a checkpoint of the default kind")
def _() -> Any:
    model = llama()
    model.model.embed_tokens.requires_grad_(False)
    return trained(model, gradient_checkpointing=True)


@way("layers that are thawed on the way")
def _() -> Any:
    model = bert()
    model.bert.encoder.layer[0].requires_grad_(False)

    class Thaw(transformers.TrainerCallback):
        def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.epoch and state.epoch >= 1:
                model.bert.encoder.layer[0].requires_grad_(True)

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return trained(
        model, data=Sentences(), more={"optimizers": (optimizer, None), "callbacks": [Thaw()]}
    )


@way("an optimizer and a schedule that are handed in")
def _() -> Any:
    model = llama()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    return trained(model, more={"optimizers": (optimizer, schedule)})


@way("a Seq2SeqTrainer that generates")
def _() -> Any:
    return trained(
        t5(), kind=transformers.Seq2SeqTrainer,
        more={
            "args": arguments(
                kind=transformers.Seq2SeqTrainingArguments, predict_with_generate=True,
                eval_strategy="epoch", generation_max_length=4,
            ),
            "eval_dataset": Counting(4),
        },
    )  # fmt: skip


@way("early stopping")
def _() -> Any:
    return trained(
        llama(), eval_strategy="steps", eval_steps=2, save_strategy="steps", save_steps=2,
        load_best_model_at_end=True, metric_for_best_model="eval_loss", greater_is_better=True,
        more={
            "eval_dataset": Counting(4),
            "callbacks": [transformers.EarlyStoppingCallback(early_stopping_patience=1)],
        },
    )  # fmt: skip


@way("a loss of one's own, with a teacher")
def _() -> Any:
    teacher = llama(num_hidden_layers=1).requires_grad_(False)

    class Distil(transformers.Trainer):
        def compute_loss(self, model: Any, inputs: Any, *_: Any, **__: Any) -> Any:
            with torch.no_grad():
                target = teacher(**inputs).logits.softmax(-1)
            out = model(**inputs)
            said = out.logits.log_softmax(-1)
            return out.loss + nn.functional.kl_div(said, target, reduction="batchmean")

    return trained(llama(), kind=Distil)


def _experts(kind: str, **changes: Any) -> Any:
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=100, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, **changes,
    )  # fmt: skip
    return getattr(transformers, f"{kind}ForCausalLM")(config)


# 16 experts and 32 tokens a batch: some experts see no token in a step.
options("Mixtral", lambda: _experts("Mixtral", num_local_experts=16, num_experts_per_tok=2,
                                    output_router_logits=True))  # fmt: skip
options("Qwen2-MoE", lambda: _experts("Qwen2Moe", moe_intermediate_size=8, num_experts=16,
                                      shared_expert_intermediate_size=8,
                                      num_experts_per_tok=2))  # fmt: skip
options("DeepSeek-V3", lambda: _experts("DeepseekV3", moe_intermediate_size=8, n_group=2,
                                        n_routed_experts=16, num_experts_per_tok=2, topk_group=1,
                                        first_k_dense_replace=1, kv_lora_rank=4, q_lora_rank=4,
                                        qk_rope_head_dim=4, qk_nope_head_dim=4,
                                        v_head_dim=8))  # fmt: skip


class _Routed(nn.Module):
    """Experts as modules of their own: one that gets no token does not run."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.gate = nn.Embedding(100, 8), nn.Linear(8, 4)
        self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(4))
        self.head = nn.Linear(8, 100)

    def forward(self, input_ids: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        x = self.embed(input_ids)
        weights, chosen = self.gate(x).softmax(-1).max(-1)
        routed = torch.zeros_like(x)
        for number, expert in enumerate(self.experts):
            if (chosen == number).any():
                routed = routed + expert(x) * (weights * (chosen == number)).unsqueeze(-1)
        logits = self.head(routed)
        return {"loss": nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten())}


@way("experts that do not run in every step")
def _() -> Any:
    torch.manual_seed(0)
    return trained(_Routed(), per_device_train_batch_size=1)


QUICK = 6
"""Ways that are tried in every run of the tests; the others wait for the slow one."""


@pytest.mark.parametrize(
    "said",
    [pytest.param(w, marks=[pytest.mark.slow] if i >= QUICK else []) for i, w in enumerate(WAYS)],
)
def test_nothing_is_said(said: str) -> None:
    """No error and no warning, and the training was really seen."""
    callback = WAYS[said]()
    report = callback.report()
    assert loud(callback) == [], str(report)
    assert not [f for f in report.findings if f.code.startswith("GA9")], str(report)
    assert report.steps >= 3
    assert report.backwards >= report.steps
