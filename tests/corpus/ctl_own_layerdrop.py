"""LayerDrop: whole layers are left out at random in training, so their gradient is missing in some steps. Healthy."""

import torch
from torch import nn


class LayerDropEncoder(nn.Module):
    def __init__(self, dim=12, depth=4, layerdrop=0.4):
        super().__init__()
        self.layerdrop = layerdrop
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, 2, 24, dropout=0.0, batch_first=True, norm_first=True)
            for _ in range(depth)
        )

    def forward(self, x):
        for layer in self.layers:
            if self.training and torch.rand(()).item() < self.layerdrop:
                continue
            x = layer(x)
        return x


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(3, 12)
        self.encoder = LayerDropEncoder()
        self.norm = nn.LayerNorm(12)
        self.out = nn.Linear(12, 2)

    def forward(self, x):
        return self.out(self.norm(self.encoder(self.inp(x))).mean(1))


def main():
    torch.manual_seed(101)
    model = Model().train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for step in range(32):
        x = torch.randn(12, 6, 3)
        y = (x.mean(dim=(1, 2)) > 0).long()
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        if step % 8 == 0:
            print(f"step {step} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
