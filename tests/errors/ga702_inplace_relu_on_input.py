"""An in-place ReLU is the first layer of a model whose input requires grad."""

# expect: GA702 inplace-edit
# exit: 1
# tensor: x
import torch
from torch import nn


class Saliency(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        x = self.act(x)  # HERE
        return self.fc(x)


net = Saliency()
image = torch.randn(3, 4, requires_grad=True)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
net(image).sum().backward()
opt.step()
