"""The same in a functional style, with a list of weight tensors."""

import torch

torch.manual_seed(1)
weights = [torch.randn(6, 6).mul_(0.05).requires_grad_() for _ in range(10)]
opt = torch.optim.SGD(weights, lr=0.1)


def net(x):
    for w in weights:
        x = torch.tanh(x @ w)
    return x


for _ in range(20):
    x = torch.randn(12, 6)
    loss = (net(x) - 1).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
