# expect: GA101 rewrapped-value: policy.weight policy.bias
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")


class AC(nn.Module):
    def __init__(self):
        super().__init__()
        self.policy = nn.Linear(4, 2)
        self.value = nn.Linear(4, 1)


ac = AC()
opt = torch.optim.Adam(ac.parameters(), lr=1e-2)
for ep in range(3):
    logps, values, rets = [], [], []
    for t in range(5):
        s = torch.randn(4)
        d = torch.distributions.Categorical(logits=ac.policy(s))
        a = d.sample()
        logps.append(d.log_prob(a))
        values.append(ac.value(s))
        rets.append(float(a))
    logp = torch.tensor(logps)  # CUT
    v = torch.cat(values)
    R = torch.tensor(rets)
    loss = -(logp * (R - v.detach())).mean() + (v - R).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
