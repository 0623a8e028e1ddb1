"""NumPy data with an Inf in it, through a DataLoader and `.to`.

Expect: GA202 nonfinite-input linear
"""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Rows(Dataset):
    def __init__(self):
        self.rows = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
        self.rows[::3, 2] = np.log(np.float32(0) + 1e-9) / np.float32(1e-45)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return torch.from_numpy(self.rows[i]), torch.tensor(float(i % 2))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, x):
        h = self.first(x.view(len(x), -1))  # BORN
        return self.second(torch.relu(h)).squeeze(-1)


torch.manual_seed(0)
device = torch.device("cpu")
model = Net().to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for x, y in DataLoader(Rows(), batch_size=8):
    x, y = x.to(device), y.to(device, torch.float64).float()
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
