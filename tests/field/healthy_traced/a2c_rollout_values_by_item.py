"""A2C: one rollout gives log-probabilities with gradients, and bootstrapped returns from .item() values into the same loss."""
import torch
from torch import nn

torch.manual_seed(80)
body, pi, v = nn.Linear(3, 8), nn.Linear(8, 2), nn.Linear(8, 1)
opt = torch.optim.RMSprop([*body.parameters(), *pi.parameters(), *v.parameters()], lr=1e-2)
for it in range(8):
    logp, vals, ent, rew = [], [], [], []
    for t in range(6):
        h = torch.tanh(body(torch.randn(3)))
        d = torch.distributions.Categorical(logits=pi(h))
        a = d.sample()
        logp.append(d.log_prob(a))
        ent.append(d.entropy())
        vals.append(v(h))
        rew.append(float(a.item()))
    with torch.no_grad():
        R = v(torch.tanh(body(torch.randn(3)))).item()
    ret = []
    for r in reversed(rew):
        R = r + 0.9 * R
        ret.insert(0, R)
    ret = torch.tensor(ret)
    vals = torch.cat(vals)
    adv = ret - torch.tensor([x.item() for x in vals])
    loss = -(torch.stack(logp) * adv).mean() + (ret - vals).pow(2).mean() - 0.01 * torch.stack(ent).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
