"""Fine-tuning with a mistake that many have made: the new head comes after the optimizer.

The loss falls, nothing is raised, and the head keeps the values it was born with.
"""

import sys

import torch
from torch import nn

import gradaudit


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.body(x))


def train(model, optimizer):
    """A hundred steps; gives what the audit has found in them."""
    generator = torch.Generator().manual_seed(1)
    with gradaudit.watch(model, optimizer) as audit:
        for step in range(100):
            inputs = torch.randn(64, 16, generator=generator)
            labels = inputs[:, :10].argmax(1)
            loss = nn.functional.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step in (0, 99):
                print(f"step {step:3d}  loss {loss.item():.3f}", flush=True)
    return audit.findings


def broken():
    model = Classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model.head = nn.Linear(64, 10)  # the optimizer still holds the old head
    return train(model, optimizer)


def mended():
    model = Classifier()
    model.head = nn.Linear(64, 10)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return train(model, optimizer)


torch.manual_seed(0)
print("The new head after the optimizer:", flush=True)
found = {finding.code: finding for finding in broken()}
assert set(found["GA402"].parameters) == {"head.weight", "head.bias"}

print("\nThe new head before the optimizer:", flush=True)
assert mended() == ()
print("no findings", file=sys.stderr)
