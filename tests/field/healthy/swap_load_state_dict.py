"""load_state_dict with the swap flag on: the best checkpoint is loaded back at the end of each epoch."""
import copy

import torch
from torch import nn

torch.__future__.set_swap_module_params_on_conversion(True)
torch.manual_seed(21)
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)
best, best_loss = copy.deepcopy(model.state_dict()), float("inf")
for epoch in range(4):
    for _ in range(4):
        x = torch.randn(8, 3)
        loss = (model(x) - x[:, :1]).pow(2).mean()
        opt.zero_grad(set_to_none=True)
        loss.backward()
        opt.step()
    opt.zero_grad(set_to_none=True)
    del loss
    with torch.no_grad():
        check = (model(torch.ones(2, 3)) - 1).pow(2).mean().item()
    if check < best_loss:
        best, best_loss = copy.deepcopy(model.state_dict()), check
    model.load_state_dict(best)
print(best_loss)
