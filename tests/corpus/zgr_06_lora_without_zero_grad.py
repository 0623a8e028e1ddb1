"""A LoRA fine-tuning loop in which the clearing after the step was left out.

Source: tenstorrent/tt-blacksmith PR#711.
"""

import torch
import torch.nn as nn


class LoraLinear(nn.Module):
    def __init__(self, base, rank=2, alpha=4.0):
        super().__init__()
        self.base = base
        for parameter in self.base.parameters():
            parameter.requires_grad = False
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) * 0.3)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scaling = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scaling * (x @ self.lora_a.T @ self.lora_b.T)


def build_model():
    return nn.Sequential(
        LoraLinear(nn.Linear(12, 24)),
        nn.GELU(),
        LoraLinear(nn.Linear(24, 3)),
    )


def train(model, batches, learning_rate=5e-3):
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=learning_rate)
    loss_fn = nn.CrossEntropyLoss()
    global_step = 0
    running_loss = 0.0
    for inputs, labels in batches:
        logits = model(inputs)
        loss = loss_fn(logits, labels)
        running_loss += loss.item()
        loss.backward()
        optimizer.step()
        global_step += 1
        if global_step % 3 == 0:
            print(f"step {global_step} avg loss {running_loss / 3:.4f}")
            running_loss = 0.0


def main():
    torch.manual_seed(1)
    model = build_model()
    rows = torch.randn(72, 12)
    labels = (rows[:, 0] > 0).long() + (rows[:, 1] > 0).long()
    train(model, list(zip(rows.split(8), labels.split(8))))


if __name__ == "__main__":
    main()
