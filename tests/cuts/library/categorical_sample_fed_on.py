"""A sampled action embedded and scored; only the scorer learns."""
# expect: GA101 no-grad-region|non-differentiable-op: actor.weight actor.bias
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(1)
net = nn.ModuleDict({"actor": nn.Linear(4, 3), "emb": nn.Embedding(3, 4), "q": nn.Linear(8, 1)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    s = torch.randn(8, 4)
    policy = Categorical(logits=net["actor"](s))
    action = policy.sample()  # CUT
    value = net["q"](torch.cat([s, net["emb"](action)], 1))
    loss = (value - s[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
