"""no_grad around a metric that runs the encoder too; the cut is the .data below."""
# expect: GA101 data-attribute: enc.weight
import torch
from torch import nn

torch.manual_seed(7)
net = nn.ModuleDict({"enc": nn.Linear(4, 3), "dec": nn.Linear(3, 4)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def spread(x):
    with torch.no_grad():
        return net["enc"](x).std().item()


for _ in range(5):
    x = torch.randn(8, 4)
    before = spread(x)
    z = net["enc"](x)
    recon = net["dec"](z.data)  # CUT
    loss = (recon - x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
