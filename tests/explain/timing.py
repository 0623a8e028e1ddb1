"""Too early, too late, and in between."""

import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1))
optimizer = torch.optim.Adam(model.parameters())
first = model[0]
print(first.weight.grad)  # WHY model.0.weight no-backward
for _ in range(3):
    optimizer.zero_grad()  # AT top
    if first.bias.grad is None:  # WHY model.0.bias no-backward; model.0.bias cleared cleared top
        pass
    loss = model(torch.randn(4, 3)).square().mean()
    loss.backward()
    print(first.weight.grad.norm())
    optimizer.step()
model.zero_grad()  # AT module
print(first.weight.grad)  # WHY model.0.weight cleared cleared module

vector = torch.ones(2, requires_grad=True)
vector.sum().backward()
vector.grad = None  # AT hand
print(vector.grad)  # WHY vector cleared cleared hand

deleted = torch.ones(2, requires_grad=True)
deleted.sum().backward()
del deleted.grad  # AT del
print(deleted.grad)  # WHY deleted cleared cleared del

again = torch.ones(2, requires_grad=True)
again.sum().backward()
optimizer.add_param_group({"params": [again]})
optimizer.zero_grad()
vector.prod().backward()
print(again.grad)  # WHY again not-reached -

never = torch.ones(2, requires_grad=True)
hidden = (never * 2).sum()
print(never.grad)  # WHY never no-backward
