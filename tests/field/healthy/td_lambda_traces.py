"""TD(lambda) with eligibility traces by hand; the weights move along the trace, not the last gradient."""
import torch
from torch import nn

torch.manual_seed(65)
v = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
trace = [torch.zeros_like(p) for p in v.parameters()]
s = 2
for t in range(60):
    v.zero_grad()
    value = v(torch.eye(5)[s])
    value.backward()
    nxt = max(0, min(4, s + (1 if torch.rand(()) > 0.5 else -1)))
    with torch.no_grad():
        r = 1.0 if nxt == 4 else 0.0
        delta = r + 0.9 * (v(torch.eye(5)[nxt]) if nxt not in (0, 4) else 0.0) - value
        for p, e in zip(v.parameters(), trace):
            e.mul_(0.8).add_(p.grad)
            p.add_(0.05 * delta * e)
    s = 2 if nxt in (0, 4) else nxt
    if s == 2:
        [e.zero_() for e in trace]
print(float(value))
