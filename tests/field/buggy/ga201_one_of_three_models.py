"""Of three models in a list, each with its optimizer, the second one's scale overflows from step 6 on."""

import torch
from torch import nn


class Scale(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.log_s = nn.Parameter(torch.tensor(start))
        self.fc = nn.Linear(3, 1)

    def forward(self, x, boost):
        return self.fc(x) / torch.exp(self.log_s * boost)


torch.manual_seed(6)
scales = [Scale(1.0), Scale(-2.0), Scale(0.5)]
optimizers = [torch.optim.SGD(s.parameters(), lr=1e-3) for s in scales]
for step in range(20):
    x = torch.randn(8, 3)
    for k in range(3):
        loss = scales[k](x, 60.0 if step >= 6 and k == 1 else 1.0).tanh().mean()
        optimizers[k].zero_grad()
        loss.backward()
        optimizers[k].step()
