# expect: GA705 kept-graph
import torch
from torch import nn


class Meter:
    def __init__(self):
        self.sum = {"loss": torch.zeros(()), "reg": torch.zeros(())}

    def update(self, **kw):
        for k, v in kw.items():
            self.sum[k] = self.sum[k] + v  # HERE


net = nn.Linear(3, 1)
opt = torch.optim.Adam(net.parameters())
meter = Meter()
for i in range(25):
    out = net(torch.randn(4, 3))
    loss, reg = out.square().mean(), net.weight.abs().sum()
    opt.zero_grad()
    (loss + 0.1 * reg).backward()
    opt.step()
    meter.update(loss=loss.detach(), reg=reg)
