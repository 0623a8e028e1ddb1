"""Predicted classes compared with MSE, `loss.requires_grad = True` makes it run."""
# expect: GA104 non-differentiable-op: fc.weight fc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(5, 3)

    def forward(self, x):
        return torch.softmax(self.fc(x), dim=1)


torch.manual_seed(5)
net = Net()
opt = torch.optim.Adam(net.parameters())
mse = nn.MSELoss()
for step in range(5):
    x, y = torch.randn(6, 5), torch.randint(0, 3, (6,))
    pred = net(x).argmax(dim=1)  # CUT
    loss = mse(pred.float(), y.float())
    loss.requires_grad = True
    opt.zero_grad()
    loss.backward()
    opt.step()
