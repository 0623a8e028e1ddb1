# expect: GA104 rewrapped-value:
# exit: 1
import torch
from torch import nn

model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 1))
opt = torch.optim.Adam(model.parameters())
for epoch in range(2):
    losses = []
    for _ in range(3):
        x = torch.randn(4, 3)
        l = nn.functional.mse_loss(model(x), x[:, :1])
        losses.append(l.item())  # CUT
    total = torch.tensor(losses).mean()  # CUT
    opt.zero_grad()
    total.backward()
    opt.step()
