"""A decorated function of the module's file does the pooling."""
# expect: GA101 no-grad-region: attn.weight attn.bias
import torch
from torch import nn


@torch.no_grad()  # CUT
def weights(scorer, x):  # CUT
    scores = scorer(x).squeeze(-1)
    return scores.softmax(-1)


torch.manual_seed(3)
model = nn.ModuleDict({"attn": nn.Linear(4, 1), "out": nn.Linear(4, 2)})
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(6, 5, 4), torch.randint(0, 2, (6,))
    w = weights(model["attn"], x)
    pooled = (w.unsqueeze(-1) * x).sum(1)
    loss = nn.functional.cross_entropy(model["out"](pooled), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
