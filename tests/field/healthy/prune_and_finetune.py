"""Magnitude pruning by torch.nn.utils.prune between fine-tuning rounds, removed at the end and trained on."""
import torch
from torch import nn
from torch.nn.utils import prune

torch.manual_seed(98)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
for stage in range(3):
    opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    for step in range(8):
        x = torch.randn(16, 6)
        loss = nn.functional.cross_entropy(net(x), (x[:, 0] > x[:, 1]).long())
        opt.zero_grad()
        loss.backward()
        opt.step()
    if stage == 0:
        for layer in (net[0], net[2]):
            prune.l1_unstructured(layer, "weight", amount=0.4)
    elif stage == 1:
        for layer in (net[0], net[2]):
            prune.remove(layer, "weight")
print(loss.item())
