"""DataLoader with workers whose collate makes tensors from lists."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, i):
        return [float(i), float(i % 3)], i % 2


def collate(rows):
    xs, ys = zip(*rows)
    return torch.tensor(xs) / 24, torch.as_tensor(ys)


def main():
    torch.manual_seed(18)
    net = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for x, y in DataLoader(Pairs(), 6, shuffle=True, num_workers=1, collate_fn=collate):
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()


if __name__ == "__main__":
    main()
