"""A Bradley-Terry reward model on top of a frozen backbone under no_grad; all of the backbone stays out of the optimizer."""
import torch
from torch import nn

torch.manual_seed(66)
backbone = nn.LSTM(4, 12, batch_first=True)
head = nn.Sequential(nn.Dropout(0.1), nn.Linear(12, 1, bias=False))
opt = torch.optim.AdamW(head.parameters(), lr=1e-3)


def score(x):
    with torch.no_grad():
        h = backbone(x)[0][:, -1]
    return head(h)


for step in range(20):
    good, bad = torch.randn(8, 5, 4) + 0.2, torch.randn(8, 5, 4)
    loss = -nn.functional.logsigmoid(score(good) - score(bad)).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
