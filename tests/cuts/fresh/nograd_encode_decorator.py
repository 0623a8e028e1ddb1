# expect: GA101 no-grad-region: enc.weight_ih_l0 enc.weight_hh_l0 enc.bias_ih_l0 enc.bias_hh_l0
import torch
from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.GRU(3, 6, batch_first=True)
        self.dec = nn.Linear(6, 2)

    @torch.no_grad()  # CUT
    def encode(self, x):  # CUT
        _, h = self.enc(x)
        return h[-1]

    def forward(self, x):
        return self.dec(self.encode(x))


def run(model, opt, n=3):
    for _ in range(n):
        loss = model(torch.randn(5, 4, 3)).logsumexp(-1).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()


m = Seq2Seq()
run(m, torch.optim.RMSprop(m.parameters()))
