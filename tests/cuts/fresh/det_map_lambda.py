# expect: GA101 detach: a.weight a.bias b.weight b.bias
import torch
from torch import nn

torch.manual_seed(0)
nets = nn.ModuleDict({"a": nn.Linear(3, 4), "b": nn.Linear(5, 4), "mix": nn.Linear(8, 1)})
opt = torch.optim.SGD(nets.parameters(), lr=0.05)
clean = lambda t: t.detach().clone()  # noqa: E731  # CUT
for _ in range(2):
    outs = [nets["a"](torch.randn(6, 3)), nets["b"](torch.randn(6, 5))]
    joined = torch.cat(list(map(clean, outs)), dim=-1)
    loss = nets["mix"](joined).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
