"""An in-place activation overwrites what a tanh keeps."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp, self.out = nn.Linear(4, 8), nn.Linear(8, 1)
        self.drop = nn.Dropout(0.5, inplace=True)

    def forward(self, x):
        h = torch.tanh(self.inp(x))  # SAVED
        h = self.drop(h)  # HERE
        return self.out(h)


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(2):
    loss = net(torch.randn(8, 4)).mean()
    loss.backward()
    opt.step()
    opt.zero_grad()
