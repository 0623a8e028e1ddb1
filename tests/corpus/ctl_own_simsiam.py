"""SimSiam: two views, a predictor on one side and a stop-gradient on the other. Healthy."""

import argparse

import torch
from torch import nn
from torch.nn import functional as F


class SimSiam(nn.Module):
    def __init__(self, d_in=10, d=16, d_pred=8):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(d_in, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, d)
        )
        self.predictor = nn.Sequential(nn.Linear(d, d_pred), nn.ReLU(), nn.Linear(d_pred, d))

    def forward(self, x1, x2):
        z1, z2 = self.encoder(x1), self.encoder(x2)
        p1, p2 = self.predictor(z1), self.predictor(z2)
        return p1, p2, z1.detach(), z2.detach()


def negative_cosine(p, z):
    return -F.cosine_similarity(p, z, dim=-1).mean()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--noise", type=float, default=0.3)
    args = parser.parse_args()
    torch.manual_seed(1111)
    model = SimSiam()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    mixing = torch.randn(3, 10)
    for epoch in range(args.epochs):
        for _ in range(6):
            x = torch.randn(32, 3) @ mixing
            views = [x + args.noise * torch.randn_like(x) for _ in range(2)]
            p1, p2, z1, z2 = model(*views)
            loss = 0.5 * (negative_cosine(p1, z2) + negative_cosine(p2, z1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        spread = F.normalize(z1, dim=1).std(0).mean().item()
        print(f"epoch {epoch} loss {loss.item():.4f} spread {spread:.3f}")


if __name__ == "__main__":
    main()
