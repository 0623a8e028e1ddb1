"""Two bare tensors with an optimizer each; one is divided by zero in the last step."""

import torch

a = torch.ones(4, requires_grad=True)
b = torch.ones(4, requires_grad=True)
pair = [torch.optim.SGD([a], lr=0.1), torch.optim.AdamW([b], lr=0.1)]
for k in range(10):
    for p, o in zip((a, b), pair):
        loss = (p / (torch.tensor(0.0) if k == 9 and p is b else 2.0)).pow(2).mean()
        o.zero_grad()
        loss.backward()
        o.step()
