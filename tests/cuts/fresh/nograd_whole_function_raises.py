# expect: GA104 no-grad-region:
# exit: 1
import torch
from torch import nn

net = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)


@torch.no_grad()  # CUT
def evaluate(x, y):  # CUT
    return nn.functional.mse_loss(net(x), y)


def train_step(x, y):
    loss = evaluate(x, y)
    opt.zero_grad()
    loss.backward()
    opt.step()


train_step(torch.randn(3, 2), torch.randn(3, 1))
