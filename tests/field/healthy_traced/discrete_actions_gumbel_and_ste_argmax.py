"""Hard choices by softmax plus detach, by gumbel hard, by round with a Function; temperature from the step."""
import torch
import torch.nn.functional as F
from torch import nn


class Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, g):
        return g


torch.manual_seed(64)
gate, experts, scale = nn.Linear(5, 3), nn.Linear(5, 3), nn.Parameter(torch.tensor(4.0))
opt = torch.optim.Adam([*gate.parameters(), *experts.parameters(), scale], lr=1e-2)
for step in range(15):
    x = torch.randn(16, 5)
    soft = (gate(x) / max(0.5, 1 - step / 20)).softmax(1)
    hard = torch.zeros_like(soft).scatter_(1, soft.argmax(1, keepdim=True), 1.0)
    choice = hard - soft.detach() + soft
    other = F.gumbel_softmax(gate(x), tau=1.0, hard=True)
    level = Round.apply(experts(x) * scale) / scale
    loss = ((choice + other) * level).sum(1).sub(x[:, 0]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}", hard.sum(0).tolist())
