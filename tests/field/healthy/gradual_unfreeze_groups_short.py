"""Fine-tuning with layer-wise groups; the lowest group would thaw in epoch 3, but early stopping ends the run before."""
import torch
from torch import nn

torch.manual_seed(90)
net = nn.ModuleDict({"low": nn.Linear(4, 8), "mid": nn.Linear(8, 8), "head": nn.Linear(8, 2)})
opt = torch.optim.AdamW([{"params": net[k].parameters(), "lr": lr} for k, lr in (("low", 1e-5), ("mid", 1e-4), ("head", 1e-3))])
thaw = {0: "head", 1: "mid", 3: "low"}
net.requires_grad_(False)
best, bad = float("inf"), 0
for epoch in range(6):
    if epoch in thaw:
        net[thaw[epoch]].requires_grad_(True)
    for _ in range(4):
        x = torch.randn(16, 4)
        h = torch.relu(net["mid"](torch.relu(net["low"](x))))
        loss = nn.functional.cross_entropy(net["head"](h), torch.randint(0, 2, (16,)))
        opt.zero_grad()
        loss.backward()
        opt.step()
    bad = bad + 1 if epoch else 0
    if bad >= 2:
        break
print("stopped after epoch", epoch, loss.item())
