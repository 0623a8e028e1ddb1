"""A slice detached before it is put next to the inputs again."""
# expect: GA101 detach: proj.weight proj.bias
import torch
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(4, 10)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        h = self.proj(x)
        left = h[:, :4].detach()  # CUT
        return self.out(torch.cat([left, x], dim=1))


torch.manual_seed(4)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    x = torch.randn(9, 4)
    loss = (model(x).squeeze(1) - x.norm(dim=1)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
