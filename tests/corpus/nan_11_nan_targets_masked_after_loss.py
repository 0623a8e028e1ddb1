"""Missing labels are NaN, and the rows that have them are dropped only after the loss was computed.

Source: pytorch/pytorch#64305.
"""

import torch
from torch import nn

torch.manual_seed(10)

m = nn.Linear(4, 3)
opt = torch.optim.SGD(m.parameters(), lr=0.01, momentum=0.9)
criterion = nn.MSELoss(reduction="none")

x = torch.randn(30, 4)
y = torch.randn(30, 3)
y[torch.rand(30, 3) < 0.2] = float("nan")

for batch in range(6):
    rows = slice(5 * batch, 5 * batch + 5)
    elementwise = criterion(m(x[rows]), y[rows])
    present = ~torch.isnan(y[rows])
    loss = elementwise[present].mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print("batch", batch, "loss", loss.item())
