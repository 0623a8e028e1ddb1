# expect: GA101 detach: backbone.0.weight backbone.0.bias backbone.2.weight backbone.2.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 8))
        self.head = nn.Linear(8, 3)

    def features(self, x):
        return self.backbone(x)

    def forward(self, x):
        return self.head(self.features(x))


class Trainer:
    def __init__(self, net):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=1e-2)
        self.buffer = []

    def remember(self, batch):
        feats = self.net.features(batch)
        self.buffer.append(feats.detach())  # CUT
        return self.buffer[-1]

    def fit(self, steps):
        for _ in range(steps):
            x, y = torch.randn(12, 6), torch.randint(0, 3, (12,))
            loss = nn.functional.cross_entropy(self.net.head(self.remember(x)), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()


torch.manual_seed(0)
Trainer(Net()).fit(4)
