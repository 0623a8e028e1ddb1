# expect: GA101 data-attribute: 0.proj.weight 0.proj.bias
import torch
from torch import nn


class Attn(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(8, 8)
        self.val = nn.Linear(8, 8)

    def forward(self, x):
        scores = self.proj(x) @ x.transpose(-1, -2)
        scores = scores.data / 8**0.5  # CUT
        return scores.softmax(-1) @ self.val(x)


net = nn.Sequential(Attn(), nn.Linear(8, 1))
opt = torch.optim.Adam(net[0].parameters())
opt.add_param_group({"params": net[1].parameters()})
for i in range(5):
    loss = (net(torch.randn(2, 5, 8)) - 1).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
