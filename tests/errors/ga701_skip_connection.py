"""A skip connection is added onto the result of a sigmoid with +=."""

# expect: GA701 inplace-edit
# exit: 1
# tensor: out
import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, width)

    def forward(self, x):
        return torch.sigmoid(self.fc(x))  # SAVED


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.gate = Gate(width)

    def forward(self, x):
        out = self.gate(x)
        out += x  # HERE
        return out


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 5), Block(5), Block(5), nn.Linear(5, 1))
optimizer = torch.optim.Adam(model.parameters())


def train(steps):
    for _ in range(steps):
        x = torch.randn(6, 3)
        loss = nn.functional.mse_loss(model(x), x.sum(1, keepdim=True))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    train(3)
