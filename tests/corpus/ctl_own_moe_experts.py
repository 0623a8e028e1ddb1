"""A mixture of experts with top-1 routing: in a given step some experts see no token, over the run all of them do. Healthy."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class MoE(nn.Module):
    def __init__(self, dim, n_experts=6):
        super().__init__()
        self.router = nn.Linear(dim, n_experts)
        self.experts = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(dim, 2 * dim), nn.SiLU(), nn.Linear(2 * dim, dim))
                for _ in range(n_experts)
            ]
        )

    def forward(self, x):
        logits = self.router(x)
        if self.training:
            logits = logits + torch.randn_like(logits)
        probs = logits.softmax(-1)
        weight, chosen = probs.max(dim=-1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            rows = (chosen == i).nonzero(as_tuple=True)[0]
            if rows.numel() == 0:
                continue
            out = out.index_add(0, rows, weight[rows, None] * expert(x[rows]))
        load = F.one_hot(chosen, len(self.experts)).float().mean(0)
        balance = len(self.experts) * (load * probs.mean(0)).sum()
        return x + out, balance


class Net(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.inp = nn.Linear(4, dim)
        self.moe = MoE(dim)
        self.out = nn.Linear(dim, 1)

    def forward(self, x):
        h, balance = self.moe(torch.tanh(self.inp(x)))
        return self.out(h).squeeze(-1), balance


def main(steps=38):
    torch.manual_seed(1010)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=4e-3)
    for step in range(steps):
        x = torch.randn(8, 4)
        target = torch.where(x[:, 0] > 0, x[:, 1], -x[:, 2])
        prediction, balance = net(x)
        mse = F.mse_loss(prediction, target)
        loss = mse + 0.1 * balance
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 10 == 0:
            print(f"step {step} mse {mse.item():.4f} balance {balance.item():.3f}")


if __name__ == "__main__":
    main()
