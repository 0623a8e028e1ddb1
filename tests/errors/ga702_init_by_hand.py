"""A layer's bias is filled by hand in the constructor of the model."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: self.fc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
        self.fc.bias.fill_(0.1)  # HERE

    def forward(self, x):
        return self.fc(x)


net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(torch.randn(2, 4)).sum().backward()
opt.step()
