"""Two cuts in a row: inference mode first, a comparison after it."""
# expect: GA101 inference-mode: enc.weight
import torch
from torch import nn

torch.manual_seed(12)
net = nn.ModuleDict({"enc": nn.Linear(4, 4), "out": nn.Linear(4, 2)})
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    with torch.inference_mode():  # CUT
        gate = net["enc"](x)
    loss = nn.functional.cross_entropy(net["out"](x * (gate > 0).clone()), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
