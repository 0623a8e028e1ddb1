# expect: GA104 no-grad-region:
import torch
from torch import nn

net = nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(4):
    x = torch.randn(3, 2)
    opt.zero_grad()
    with torch.no_grad():  # CUT
        pred = net(x)
    loss = nn.functional.mse_loss(pred, x.sum(1, keepdim=True)).requires_grad_()
    loss.backward()
    opt.step()
