"""one_hot(argmax) in the loss, while a second head flows."""
# expect: GA101 non-differentiable-op: action.weight action.bias
import torch
import torch.nn.functional as F
from torch import nn


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.action = nn.Linear(4, 3)
        self.q = nn.Linear(4 + 3, 1)

    def forward(self, s):
        logits = self.action(s)
        best = torch.argmax(logits, dim=1)  # CUT
        a = F.one_hot(best, 3).float()
        return self.q(torch.cat([s, a], 1))


def main():
    torch.manual_seed(5)
    policy = Policy()
    opt = torch.optim.Adam(policy.parameters(), lr=1e-2)
    for _ in range(6):
        s = torch.randn(10, 4)
        loss = (policy(s) - s[:, :1]).pow(2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()


main()
