"""One little optimizer per parameter, stepped and cleared in the post-accumulate hook during backward."""
import torch
from torch import nn

torch.manual_seed(87)
net = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
optimizers = {p: torch.optim.Adam([p], lr=1e-3, foreach=False) for p in net.parameters()}


def hook(p):
    optimizers[p].step()
    optimizers[p].zero_grad()


for p in net.parameters():
    p.register_post_accumulate_grad_hook(hook)
for step in range(20):
    x = torch.randn(16, 5)
    loss = (net(x) - x[:, :1]).pow(2).mean()
    loss.backward()
print(loss.item())
