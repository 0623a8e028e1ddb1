"""A phase switch after step 12 puts the clearing before the step."""

import torch
from torch import nn


def phase_one(opt, loss):
    opt.zero_grad()
    loss.backward()
    opt.step()


def phase_two(opt, loss):
    loss.backward()
    opt.zero_grad()
    opt.step()


torch.manual_seed(5)
net = nn.Linear(4, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for k in range(25):
    loss = net(torch.randn(6, 4)).logsumexp(1).mean()
    (phase_one if k < 12 else phase_two)(opt, loss)
