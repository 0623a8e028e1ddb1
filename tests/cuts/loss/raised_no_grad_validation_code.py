"""The training step was copied from the validation loop, no_grad included."""
# expect: GA104 no-grad-region: fc1.weight fc2.weight
# exit: 1
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.fc2(torch.relu(self.fc1(x)))


def epoch(model, optimizer):
    for _ in range(4):
        x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
        with torch.no_grad():  # CUT
            out = model(x)
            loss = nn.functional.cross_entropy(out, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(1)
net = Net()
epoch(net, torch.optim.SGD(net.parameters(), lr=0.1))
