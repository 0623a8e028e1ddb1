"""A memory-saving custom Function that recomputes in backward with grad mode off: it returns None for input and weight.

Source: pytorch/pytorch#45405.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class RecomputedLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return F.softplus(x @ weight.t())

    @staticmethod
    def backward(ctx, grad_out):
        x, weight = (t.detach().requires_grad_(True) for t in ctx.saved_tensors)
        y = F.softplus(x @ weight.t())
        y.requires_grad_(True)
        return torch.autograd.grad(y, (x, weight), grad_out, allow_unused=True)


class Recomputed(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_out, n_in) / n_in**0.5)

    def forward(self, x):
        return RecomputedLinear.apply(x, self.weight)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(6, 12)
        self.mid = Recomputed(12, 12)
        self.out = nn.Linear(12, 1)

    def forward(self, x):
        return self.out(self.mid(torch.tanh(self.inp(x))))


def fit(model, data, target, epochs=3, batch_size=8):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5, nesterov=True)
    for epoch in range(epochs):
        order = torch.randperm(len(data))
        total = 0.0
        for start in range(0, len(data), batch_size):
            idx = order[start : start + batch_size]
            optimizer.zero_grad()
            loss = F.mse_loss(model(data[idx]).squeeze(1), target[idx])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(idx)
        print("epoch", epoch, "mse", total / len(data))


if __name__ == "__main__":
    torch.manual_seed(64)
    data = torch.randn(64, 6)
    fit(Model(), data, data[:, 0] * data[:, 1] + data[:, 2])
