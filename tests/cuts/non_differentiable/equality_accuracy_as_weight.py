"""Confidence by comparing predictions with labels scales the loss: nothing through it."""
# expect: GA101 non-differentiable-op: judge.weight judge.bias
import torch
from torch import nn

torch.manual_seed(11)
net = nn.ModuleDict({"judge": nn.Linear(4, 3), "main": nn.Linear(4, 3)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def weighted_loss(judge_logits, logits, y):
    _, predicted = judge_logits.max(1)  # CUT
    hit = predicted.eq(y)  # CUT
    weight = 0.5 + hit.float()
    return (weight * nn.functional.cross_entropy(logits, y, reduction="none")).mean()


for _ in range(5):
    x, y = torch.randn(10, 4), torch.randint(0, 3, (10,))
    loss = weighted_loss(net["judge"](x), net["main"](x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
