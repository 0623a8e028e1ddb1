"""An averaged model, by hand, under no_grad."""
import copy

import torch
from torch import nn

torch.manual_seed(19)
model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 2))
ema = copy.deepcopy(model).eval()
opt = torch.optim.SGD(model.parameters(), lr=0.1)


@torch.no_grad()
def update(decay=0.9):
    for a, b in zip(ema.state_dict().values(), model.state_dict().values()):
        if a.dtype.is_floating_point:
            a.mul_(decay).add_(b.detach(), alpha=1 - decay)


for _ in range(6):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    update()
with torch.no_grad():
    print(ema(torch.randn(3, 4)).argmax(1).tolist())
