"""SimSiam with the stop-gradient on the wrong side too: the encoder never learns."""
# expect: GA101 detach: encoder.0.weight encoder.2.weight
import torch
import torch.nn.functional as F
from torch import nn


class SimSiam(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 4))
        self.predictor = nn.Linear(4, 4)

    def forward(self, a, b):
        za = self.encoder(a)
        zb = self.encoder(b)
        p = self.predictor(za.detach())  # CUT
        return -F.cosine_similarity(p, zb.detach(), dim=-1).mean()  # CUT


torch.manual_seed(3)
net = SimSiam()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(8, 5)
    loss = net(x + 0.1 * torch.randn_like(x), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
