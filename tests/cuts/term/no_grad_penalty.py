"""The orthogonality penalty is computed by a function under no_grad."""
# expect: GA103 no-grad-region: w1.weight
import torch
from torch import nn


@torch.no_grad()  # CUT
def orthogonality(m):  # CUT
    w = m.weight
    return (w @ w.T - torch.eye(len(w))).square().sum()


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1, self.w2 = nn.Linear(5, 5), nn.Linear(5, 2)

    def forward(self, x):
        return self.w2(torch.tanh(self.w1(x)))


torch.manual_seed(4)
mlp = Mlp()
opt = torch.optim.Adam(mlp.parameters(), lr=1e-2)
for _ in range(6):
    x, y = torch.randn(10, 5), torch.randint(0, 2, (10,))
    task = nn.functional.cross_entropy(mlp(x), y)
    loss = task + 1e-2 * orthogonality(mlp.w1)
    opt.zero_grad()
    loss.backward()
    opt.step()
