"""Logistic regression with L2 by LBFGS in a loop of outer steps long after it has converged."""
import torch
import torch.nn.functional as F

torch.manual_seed(7)
x = torch.randn(60, 3)
y = (x.sum(1) + 0.8 * torch.randn(60) > 0).float()
w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.LBFGS([w, b], lr=0.8, max_iter=8)


def closure():
    opt.zero_grad()
    loss = F.binary_cross_entropy_with_logits(x @ w + b, y) + 0.01 * (w**2).sum()
    loss.backward()
    return loss


for outer in range(120):
    value = opt.step(closure)
print(value.item(), w.tolist())
