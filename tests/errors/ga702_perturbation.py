"""An adversarial perturbation is updated in place."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: delta
import torch
import torch.nn.functional as F
from torch import nn


def attack(model, x, y, eps=0.1, steps=3):
    delta = torch.zeros_like(x, requires_grad=True)
    for _ in range(steps):
        F.cross_entropy(model(x + delta), y).backward()
        delta.add_(  # HERE
            eps * delta.grad.sign(),
        )
        delta.grad.zero_()
    return x + delta


torch.manual_seed(0)
model = nn.Linear(4, 3)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(2):
    x, y = torch.randn(5, 4), torch.randint(0, 3, (5,))
    x = attack(model, x, y).detach()
    opt.zero_grad()
    F.cross_entropy(model(x), y).backward()
    opt.step()
