"""Converts the model to float64 half-way with swap_module_params_on_conversion, which swaps tensors in place."""
import torch
from torch import nn

torch.manual_seed(20)
torch.__future__.set_swap_module_params_on_conversion(True)
model = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Linear(6, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.05)
dtype = torch.float32
for step in range(12):
    if step == 6:
        opt.zero_grad()
        model.to(torch.float64)
        dtype = torch.float64
    x = torch.randn(8, 3, dtype=dtype)
    loss = (model(x) - x.sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item(), next(model.parameters()).dtype)
