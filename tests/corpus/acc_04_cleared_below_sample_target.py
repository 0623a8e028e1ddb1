"""Pieces are gathered until 128 samples are there, yet each of them starts by clearing.

Source: dscripka/openWakeWord#316.
"""

import torch
import torch.nn as nn


class WakeWord(nn.Module):
    def __init__(self, frames=6, bands=5):
        super().__init__()
        self.flatten = nn.Flatten()
        self.layer1 = nn.Linear(frames * bands, 16)
        self.norm = nn.LayerNorm(16)
        self.last = nn.Linear(16, 1)

    def forward(self, clips):
        hidden = torch.tanh(self.norm(self.layer1(self.flatten(clips))))
        return torch.sigmoid(self.last(hidden))


def clips(count):
    positive = torch.rand(count, 1) < 0.3
    return torch.randn(count, 6, 5) + positive[:, :, None].float(), positive.float()


def train_model(model, max_steps, target_samples=128):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.BCELoss(reduction="none")
    accumulated_samples, steps = 0, 0
    while steps < max_steps:
        x, y = clips(48)
        optimizer.zero_grad()
        predictions = model(x)
        hard = ((predictions > 0.2) | (y == 1)).float()
        loss = (loss_fn(predictions, y) * hard).mean()
        loss.backward()
        accumulated_samples += len(x)
        if accumulated_samples < target_samples:
            continue
        optimizer.step()
        steps += 1
        accumulated_samples = 0
        print(f"step {steps}: loss {loss.detach():.4f}")


if __name__ == "__main__":
    torch.manual_seed(77)
    train_model(WakeWord(), max_steps=6)
