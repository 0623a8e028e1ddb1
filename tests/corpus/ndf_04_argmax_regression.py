"""Object coordinates regressed through bins and decoded by argmax: the first backward raises.

Source: LZGMatrix/BOP19_CDPN_2019ICCV#4.
"""

import torch
from torch import nn

BINS = 16


class CoordinateNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(9, 32), nn.ReLU())
        self.bins = nn.Linear(32, 3 * BINS)

    def forward(self, x):
        return self.bins(self.trunk(x)).view(-1, 3, BINS)


def decode(scores):
    index = scores.argmax(dim=-1)
    return index.float() / (BINS - 1)


def train_one_epoch(net, optimizer, batches):
    criterion = nn.L1Loss()
    total = 0.0
    for x, target in batches:
        loss = criterion(decode(net(x)), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(batches)


def main():
    torch.manual_seed(8)
    net = CoordinateNet()
    optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3)
    batches = []
    for _ in range(6):
        x = torch.rand(8, 9)
        batches.append((x, x.view(8, 3, 3).mean(-1)))
    for epoch in range(3):
        print("epoch", epoch, "coordinate error", train_one_epoch(net, optimizer, batches))


if __name__ == "__main__":
    main()
