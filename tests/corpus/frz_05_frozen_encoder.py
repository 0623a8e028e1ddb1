"""A script that asks its encoder library for a frozen encoder and gets one that keeps training.

Source: catalyst-team/catalyst#79, PR#81.
"""

import argparse

import torch
from torch import nn

from frz_05_encoders import MLPEncoder


class Model(nn.Module):
    def __init__(self, frozen):
        super().__init__()
        self.encoder = MLPEncoder(6, [16, 8], frozen=frozen)
        self.head = nn.Linear(self.encoder.out_features, 1)

    def forward(self, x):
        return self.head(self.encoder(x))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--frozen", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--num-steps", type=int, default=16)
    args = parser.parse_args()

    torch.manual_seed(17)
    model = Model(args.frozen)
    criterion = nn.SmoothL1Loss()
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.02)
    for step in range(args.num_steps):
        x = torch.randn(20, 6)
        y = x.abs().sum(dim=1, keepdim=True)
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        if step % 4 == 0:
            print("loss:", loss.item())
