"""Second-order MAML with functional_call on a dict of parameters, learned inner rates."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call

torch.manual_seed(3)
net = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
rates = nn.ParameterDict({k.replace(".", "_"): torch.tensor(0.05) for k, _ in net.named_parameters()})
opt = torch.optim.Adam([*net.parameters(), *rates.parameters()], lr=1e-2)
for it in range(6):
    opt.zero_grad()
    for task in range(2):
        a = torch.rand(1) + 0.5
        x, q = torch.randn(8, 1), torch.randn(8, 1)
        fast = dict(net.named_parameters())
        for _ in range(2):
            inner = F.mse_loss(functional_call(net, fast, (x,)), a * x)
            grads = torch.autograd.grad(inner, list(fast.values()), create_graph=True)
            fast = {k: v - rates[k.replace(".", "_")] * g for (k, v), g in zip(fast.items(), grads)}
        outer = F.mse_loss(functional_call(net, fast, (q,)), a * q) / 2
        outer.backward()
    opt.step()
    print(f"{outer.item():.4f}")
