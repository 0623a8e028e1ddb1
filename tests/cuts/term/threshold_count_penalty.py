"""A sparsity penalty that counts active units with a comparison."""
# expect: GA103 non-differentiable-op: enc.weight
import torch
from torch import nn


class Ae(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc, self.dec = nn.Linear(5, 8), nn.Linear(8, 5)


torch.manual_seed(10)
ae = Ae()
opt = torch.optim.Adam(ae.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(8, 5)
    h = torch.relu(ae.enc(x))
    active = (h > 0).float().mean()  # CUT
    loss = (ae.dec(h) - x).square().mean() + 0.1 * active
    opt.zero_grad()
    loss.backward()
    opt.step()
