"""A recurrent state is written into the rows of one buffer that earlier steps have used."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: states
import torch
from torch import nn

torch.manual_seed(0)
cell, head = nn.Linear(6, 4), nn.Linear(4, 1)
params = [*cell.parameters(), *head.parameters()]
optimizer = torch.optim.Adam(params, lr=1e-2)
for _ in range(3):
    x = torch.randn(3, 5, 2)
    states = torch.zeros(6, 3, 4)
    for t in range(5):
        new = torch.tanh(cell(torch.cat([x[:, t], states[t]], dim=1)))
        states[t + 1] = new * states.mean(dim=0).exp()
    loss = head(states[-1]).square().mean() + (states * states).mean()  # SAVED
    states[0] = 1.0  # HERE
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
