"""torch.set_grad_enabled(False) as a switch, turned on again after the encoder."""
# expect: GA101 no-grad-region: encoder.weight encoder.bias
import torch
from torch import nn


class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        torch.set_grad_enabled(False)  # CUT
        z = torch.tanh(self.encoder(x))
        torch.set_grad_enabled(True)
        return self.head(z)


torch.manual_seed(4)
m = M()
opt = torch.optim.SGD(m.parameters(), lr=0.1)
for _ in range(5):
    x = torch.randn(6, 4)
    loss = (m(x) - x[:, 2:3]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
