"""Three loops that clear the gradients in three places between a step and the next backward; all are right.

Control. Source: milesial/Pytorch-UNet#378; openpifpaf/openpifpaf#123; yunjey/pytorch-tutorial#238.
"""

import torch
from torch import nn


def build(seed):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1))
    return model, torch.optim.SGD(model.parameters(), lr=0.05)


def data():
    x = torch.randn(16, 5)
    return x, x.sum(1, keepdim=True).sin()


def clear_after_forward(steps):
    model, optimizer = build(1)
    for _ in range(steps):
        x, y = data()
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def clear_after_step(steps):
    model, optimizer = build(2)
    for _ in range(steps):
        x, y = data()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
    return loss.item()


def clear_before_data(steps):
    model, optimizer = build(3)
    for _ in range(steps):
        model.zero_grad()
        x, y = data()
        prediction = model(x)
        nn.functional.mse_loss(prediction, y).backward()
        optimizer.step()
    return nn.functional.mse_loss(prediction, y).item()


if __name__ == "__main__":
    for loop in (clear_after_forward, clear_after_step, clear_before_data):
        print(loop.__name__, f"{loop(steps=12):.4f}")
