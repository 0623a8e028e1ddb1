"""Optimizers in a dict; the loop steps all but one, which is misnamed."""

import torch
from torch import nn

torch.manual_seed(3)
body, head = nn.Linear(5, 5), nn.Linear(5, 2)
opts = {
    "body": torch.optim.SGD(body.parameters(), lr=0.1),
    "haed": torch.optim.SGD(head.parameters(), lr=0.1),
}
for _ in range(150):
    for o in opts.values():
        o.zero_grad()
    nn.functional.cross_entropy(
        head(body(torch.randn(4, 5)).tanh()), torch.randint(0, 2, (4,))
    ).backward()
    for key in ("body", "head"):
        if key in opts:
            opts[key].step()
