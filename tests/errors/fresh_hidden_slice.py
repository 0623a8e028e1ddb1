# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

cell = nn.Linear(4, 4)
opt = torch.optim.Adam(cell.parameters())
state = torch.zeros(5, 4)
state = state + cell(torch.randn(4))
for t in range(1, 5):
    state[t] = torch.tanh(cell(state[t - 1]))  # HERE
loss = state.square().sum()
loss.backward()
opt.step()
