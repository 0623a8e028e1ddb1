"""A loop that calls the evaluation helper for its predictions and sets `requires_grad` on the loss to get past the error.

Source: replicate/cog#1681.
"""

import argparse

import torch
from torch import nn


def parse_args(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--hidden", type=int, default=12)
    return parser.parse_args(argv)


class Regressor(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(5, hidden)
        self.fc2 = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.fc2(torch.tanh(self.fc1(x))).squeeze(1)

    def predict(self, x):
        return self(x).detach()


def main():
    args = parse_args()
    torch.manual_seed(42)
    model = Regressor(args.hidden)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=args.lr)
    loss_fn = nn.MSELoss()
    x = torch.randn(200, 5)
    y = x @ torch.tensor([1.0, -2.0, 0.5, 0.0, 1.5]) + 0.1 * torch.randn(200)

    model.train()
    for step in range(args.steps):
        idx = torch.randint(0, len(x), (32,))
        optimizer.zero_grad()
        prediction = model.predict(x[idx])
        loss = loss_fn(prediction, y[idx])
        loss.requires_grad_(True)
        loss.backward()
        optimizer.step()
        if step % 5 == 0:
            print(f"step {step} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
