"""torch.save of the whole model and optimizer mid-run, deep copies for the best model, and a resumed second half."""
import copy
import io

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 8), nn.Linear(8, 1)])

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))


torch.manual_seed(46)
model = Net()
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
best, best_model = float("inf"), None


def epoch(model, opt):
    for _ in range(5):
        x = torch.randn(16, 4)
        loss = nn.functional.mse_loss(model(x), x.max(1, keepdim=True).values)
        opt.zero_grad()
        loss.backward()
        opt.step()
    return loss.item()


for e in range(3):
    value = epoch(model, opt)
    if value < best:
        best, best_model = value, copy.deepcopy(model)
file = io.BytesIO()
torch.save({"model": model, "opt": opt.state_dict()}, file)
file.seek(0)
state = torch.load(file, weights_only=False)
model = state["model"]
opt = torch.optim.Adam(model.parameters(), lr=1e-2)
opt.load_state_dict(state["opt"])
for e in range(3):
    value = epoch(model, opt)
print(value, sum(p.numel() for p in best_model.parameters()))
