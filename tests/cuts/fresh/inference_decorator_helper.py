# expect: GA101 inference-mode: tower.0.weight tower.0.bias
import torch
from torch import nn

tower = nn.Sequential(nn.Linear(5, 5), nn.ReLU())
tower.name = "tower"


@torch.inference_mode()  # CUT
def precompute(xs):  # CUT
    return [tower(x) for x in xs]


class Wrapper(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = tower
        self.head = nn.Linear(5, 1)


w = Wrapper()
opt = torch.optim.SGD(w.parameters(), 0.1)
for _ in range(2):
    feats = precompute([torch.randn(3, 5) for _ in range(4)])
    loss = sum((w.head(f.clone()) ** 2).mean() for f in feats)
    opt.zero_grad()
    loss.backward()
    opt.step()
