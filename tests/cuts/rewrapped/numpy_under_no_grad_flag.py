"""np.asarray on a detached code, scaled with numpy, and torch.tensor with an explicit dtype."""
# expect: GA101 rewrapped-value|detach: features.0.weight
import numpy as np
import torch
from torch import nn

torch.manual_seed(10)
model = nn.ModuleDict(
    {"features": nn.Sequential(nn.Linear(4, 6), nn.ReLU()), "clf": nn.Linear(6, 2)}
)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def standardise(h):
    a = h.detach().cpu().numpy()  # CUT
    a = (a - a.mean(0)) / (a.std(0) + 1e-5)
    return torch.tensor(a, dtype=torch.float32)  # CUT


for _ in range(5):
    x, y = torch.randn(12, 4), torch.randint(0, 2, (12,))
    logits = model["clf"](standardise(model["features"](x)))
    loss = nn.functional.cross_entropy(logits, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
