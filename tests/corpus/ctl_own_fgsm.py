"""Adversarial training with FGSM: the input gets a gradient of its own, the attack's backward is thrown away. Healthy."""

import torch
import torch.nn as nn
import torch.nn.functional as F


def fgsm(model, x, y, epsilon):
    x = x.clone().requires_grad_()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    return (x + epsilon * x.grad.sign()).detach()


def train(model, optimizer, steps, epsilon=0.1):
    centres = torch.tensor([[1.0, 0.0, 0.5, -0.5], [-1.0, 0.5, 0.0, 0.5]])
    for step in range(steps):
        y = torch.randint(0, 2, (20,))
        x = centres[y] + 0.4 * torch.randn(20, 4)
        attacked = fgsm(model, x, y, epsilon)
        optimizer.zero_grad()
        loss = 0.5 * F.cross_entropy(model(x), y) + 0.5 * F.cross_entropy(model(attacked), y)
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            robust = (model(attacked).argmax(1) == y).float().mean().item()
            print(f"step {step} loss {loss.item():.4f} robust accuracy {robust:.2f}")


if __name__ == "__main__":
    torch.manual_seed(1313)
    model = nn.Sequential(
        nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2)
    )
    train(model, torch.optim.Adam(model.parameters(), lr=2e-3), steps=32)
