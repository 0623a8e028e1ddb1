"""A decorated scoring function weighs the loss terms of a model that is trained on them only."""
# expect: GA101 inference-mode: scorer.weight scorer.bias
import torch
from torch import nn


@torch.inference_mode()  # CUT
def score(scorer, x):  # CUT
    return torch.sigmoid(scorer(x)).squeeze(1)


torch.manual_seed(3)
model = nn.ModuleDict({"scorer": nn.Linear(4, 1), "main": nn.Linear(4, 1)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 4)
    w = score(model["scorer"], x).clone()
    err = (model["main"](x).squeeze(1) - x.sum(1)).square()
    loss = (w * err).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
