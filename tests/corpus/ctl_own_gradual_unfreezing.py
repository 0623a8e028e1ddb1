"""A curriculum that trains the head first, then unfreezes the body and adds it to the optimizer as a new group. Healthy."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.low = nn.Linear(9, 18)
        self.high = nn.Linear(18, 12)
        self.head = nn.Linear(12, 4)

    def forward(self, x):
        return self.head(F.gelu(self.high(F.gelu(self.low(x)))))


def unfreeze(module, optimizer, lr):
    for p in module.parameters():
        p.requires_grad_(True)
    optimizer.add_param_group({"params": list(module.parameters()), "lr": lr})


def main():
    torch.manual_seed(1616)
    net = Net()
    net.low.requires_grad_(False)
    net.high.requires_grad_(False)
    optimizer = torch.optim.Adam(net.head.parameters(), lr=1e-2)
    schedule = {12: (net.high, 3e-3), 24: (net.low, 1e-3)}
    teacher = torch.randn(9, 4)
    for step in range(38):
        if step in schedule:
            module, lr = schedule[step]
            unfreeze(module, optimizer, lr)
            print("unfreezing at step", step, "groups:", len(optimizer.param_groups))
        x = torch.randn(24, 9)
        y = (x @ teacher).argmax(1)
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 6 == 0:
            print(f"step {step} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
