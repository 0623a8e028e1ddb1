"""The result is stored into a prepared tensor through `.data =`."""
# expect: GA101 data-attribute: enc.weight enc.bias
import torch
from torch import nn


class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 6)
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        slot = torch.zeros(x.shape[0], 6)
        slot.data = torch.tanh(self.enc(x))  # CUT
        return self.head(slot)


torch.manual_seed(2)
model = Memory()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    x = torch.randn(7, 4)
    loss = (model(x) - x[:, 1:2]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
