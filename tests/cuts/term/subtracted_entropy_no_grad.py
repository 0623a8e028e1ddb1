"""An entropy bonus subtracted from the loss, computed with a decorated function of numpy."""
# expect: GA103 rewrapped-value|detach: lin.weight
import numpy as np
import torch
from torch import nn


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 3)


def entropy(logits):
    p = logits.softmax(-1).detach().numpy()  # CUT
    return torch.tensor(-(p * np.log(p)).sum(-1).mean())  # CUT


torch.manual_seed(9)
policy = Policy()
opt = torch.optim.SGD(policy.parameters(), lr=0.1)
for _ in range(5):
    s, a = torch.randn(8, 4), torch.randint(0, 3, (8,))
    logits = policy.lin(s)
    loss = nn.functional.cross_entropy(logits, a) - 0.01 * entropy(logits)
    opt.zero_grad()
    loss.backward()
    opt.step()
