"""Features of a backbone are taken in inference mode in the loop, then used as input of a head."""
# expect: GA101 inference-mode: backbone.0.weight backbone.2.weight
import torch
from torch import nn

torch.manual_seed(2)
backbone = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 4))
head = nn.Linear(4, 3)
optimizer = torch.optim.SGD(list(backbone.parameters()) + list(head.parameters()), lr=0.1)
for step in range(5):
    x, y = torch.randn(10, 5), torch.randint(0, 3, (10,))
    with torch.inference_mode(mode=True):  # CUT
        feats = backbone(x)
    feats = torch.empty(10, 4).copy_(feats)
    loss = nn.functional.cross_entropy(head(feats), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
