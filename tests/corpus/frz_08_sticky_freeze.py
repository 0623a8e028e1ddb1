"""Warm-up with a frozen encoder; the setter that should unfreeze it only touches parameters that already require grad.

Source: nttcslab/byol-a#7.
"""

import torch
import torch.nn as nn


def set_requires_grad(model, val):
    for p in model.parameters():
        if p.requires_grad:
            p.requires_grad = val


class AudioEncoder(nn.Module):
    def __init__(self, d=10):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(1, 4, 3, stride=2), nn.ReLU(), nn.Conv1d(4, 4, 3, stride=2), nn.ReLU()
        )
        self.fc = nn.Linear(4 * 3, d)

    def forward(self, wave):
        return self.fc(self.features(wave).flatten(1))


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = AudioEncoder()
        self.head = nn.Linear(10, 3)

    def forward(self, wave):
        return self.head(torch.relu(self.encoder(wave)))


def waves(n=16):
    kind = torch.randint(0, 3, (n,))
    t = torch.linspace(0, 1, 15)
    freq = torch.tensor([1.0, 3.0, 5.0])[kind].unsqueeze(1)
    return (torch.sin(2 * torch.pi * freq * t) + 0.2 * torch.randn(n, 15)).unsqueeze(1), kind


def main(warmup=4, steps=28):
    torch.manual_seed(77)
    model = Tagger()
    optimizer = torch.optim.AdamW(
        [
            {"params": model.encoder.parameters(), "lr": 1e-3},
            {"params": model.head.parameters(), "lr": 1e-2},
        ]
    )
    criterion = nn.CrossEntropyLoss()
    set_requires_grad(model.encoder, False)
    for step in range(steps):
        if step == warmup:
            set_requires_grad(model.encoder, True)
            print("fine-tuning the whole network from here")
        wave, kind = waves()
        loss = criterion(model(wave), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 6 == 0:
            print(f"step {step:2d} loss {loss.item():.4f}")


main()
