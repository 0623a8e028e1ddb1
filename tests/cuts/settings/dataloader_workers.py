"""Batches come from a DataLoader with two worker processes."""
# expect: GA101 detach: 0.weight 0.bias
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(9)
    x = torch.randn(32, 4)
    loader = DataLoader(TensorDataset(x, x[:, :2]), batch_size=8, num_workers=2)
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for xb, yb in loader:
        h = model[1](model[0](xb))
        loss = (model[2](h.detach()) - yb).square().mean()  # CUT
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
