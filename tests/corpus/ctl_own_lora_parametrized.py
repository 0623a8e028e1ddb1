"""LoRA through `parametrize`: the original weights are frozen inside the parametrization, the low-rank factors train. Healthy."""

import torch
import torch.nn as nn
from torch.nn.utils import parametrize


class LowRank(nn.Module):
    def __init__(self, rows, cols, rank=2):
        super().__init__()
        self.a = nn.Parameter(torch.randn(rank, cols) / cols**0.5)
        self.b = nn.Parameter(torch.zeros(rows, rank))

    def forward(self, weight):
        return weight + self.b @ self.a


def add_lora(model):
    for p in model.parameters():
        p.requires_grad = False
    for layer in model.modules():
        if isinstance(layer, nn.Linear):
            parametrize.register_parametrization(layer, "weight", LowRank(*layer.weight.shape))
    return [p for p in model.parameters() if p.requires_grad]


if __name__ == "__main__":
    torch.manual_seed(909)
    base = nn.Sequential(
        nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 16), nn.GELU(), nn.Linear(16, 1)
    )
    params = add_lora(base)
    optimizer = torch.optim.AdamW(params, lr=5e-3, weight_decay=0.0)
    for step in range(30):
        x = torch.randn(24, 6)
        y = x[:, :1] - 0.5 * x[:, 1:2].abs()
        loss = nn.functional.huber_loss(base(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 9:
            print(step + 1, f"{loss.item():.4f}")
    with torch.no_grad():
        merged = [layer.weight.norm().item() for layer in base if isinstance(layer, nn.Linear)]
    print("merged weights:", [round(n, 3) for n in merged])
