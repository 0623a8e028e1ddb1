# expect: GA101 rewrapped-value|detach: front.weight front.bias
import numpy as np
import torch
from torch import nn


class Hybrid(nn.Module):
    def __init__(self):
        super().__init__()
        self.front = nn.Linear(4, 4)
        self.back = nn.Linear(4, 1)

    def forward(self, x):
        a = self.front(x)
        arr = a.detach().numpy()  # CUT
        arr = np.sort(arr, axis=-1)
        return self.back(torch.from_numpy(arr))  # CUT


h = Hybrid()
opt = torch.optim.SGD(h.parameters(), lr=0.1)
for _ in range(3):
    loss = h(torch.randn(6, 4)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
