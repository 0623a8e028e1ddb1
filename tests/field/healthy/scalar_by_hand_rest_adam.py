"""The temperature (one scalar in the model) is updated by hand with momentum and clamped, everything else by Adam."""
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
        self.temperature = nn.Parameter(torch.tensor(1.0))

    def forward(self, x):
        return self.fc(x) * self.temperature


torch.manual_seed(92)
net = Net()
opt = torch.optim.Adam(net.fc.parameters(), lr=1e-2)
velocity = 0.0
for step in range(30):
    x = torch.randn(16, 4)
    loss = nn.functional.cross_entropy(net(x), x[:, :3].argmax(1))
    net.zero_grad()
    loss.backward()
    opt.step()
    velocity = 0.9 * velocity + net.temperature.grad.item()
    net.temperature.data.sub_(0.01 * velocity).clamp_(0.5, 5.0)
print(loss.item(), net.temperature.item())
