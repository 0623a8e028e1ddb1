"""Validation under no_grad with the same functions as in training, a scheduler on its value."""
import torch
from torch import nn

torch.manual_seed(30)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=0)


def run(train):
    net.train(train)
    total = 0.0
    with torch.set_grad_enabled(train):
        for _ in range(3):
            x = torch.randn(8, 4)
            loss = (net(x) - x.sum(1, keepdim=True)).square().mean()
            if train:
                opt.zero_grad()
                loss.backward()
                opt.step()
            total += loss.item()
    return total / 3


run(False)
for _ in range(3):
    run(True)
    scheduler.step(run(False))
