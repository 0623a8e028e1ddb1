"""A DataLoader with two workers, a collate that uses numpy and a small fixed net for features under no_grad."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Data(Dataset):
    def __len__(self):
        return 48

    def __getitem__(self, i):
        rng = np.random.default_rng(i)
        x = rng.normal(size=4).astype(np.float32)
        return x, float(x.sum())


def collate(items):
    xs, ys = zip(*items)
    return torch.from_numpy(np.stack(xs)), torch.tensor(ys).unsqueeze(1)


if __name__ == "__main__":
    torch.manual_seed(53)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    opt = torch.optim.Adam(net.parameters(), lr=1e-2)
    loader = DataLoader(Data(), 12, shuffle=True, num_workers=2, collate_fn=collate, persistent_workers=True)
    for epoch in range(2):
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x), y.float())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"{loss.item():.4f}")
