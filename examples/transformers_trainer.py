"""The Trainer of Transformers with one callback more: a loss of one's own cuts the model in two."""

import os
import tempfile

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, Trainer, TrainingArguments

from gradaudit.transformers import GradAuditCallback

torch.manual_seed(0)
model = LlamaForCausalLM(
    LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=4,
    )
)
counting = [{"input_ids": (5 * row + torch.arange(12)) % 100} for row in range(32)]


class NextWord(Trainer):
    def compute_loss(self, model, inputs, *args, **kwargs):
        hidden = model.model(**inputs).last_hidden_state
        logits = model.lm_head(hidden.detach())  # "saves memory": only the head learns
        return nn.functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), inputs["input_ids"][:, 1:].flatten()
        )


audit = GradAuditCallback()
with tempfile.TemporaryDirectory() as folder:
    NextWord(
        model=model,
        args=TrainingArguments(
            folder, num_train_epochs=2, per_device_train_batch_size=4, use_cpu=True,
            logging_steps=8, report_to=[], save_strategy="no",
        ),
        train_dataset=counting,
        callbacks=[audit],
    ).train()  # fmt: skip

(found,) = audit.findings
print(f"\n{found.code}, {len(found.parameters)} parameters: {found.cause.source}")
assert found.code == "GA101"
assert found.cause.kind == "detach"
