"""The cut is in a helper of another file of the user's, inside a Sequential."""
# expect: GA101 detach @lib_layers.py: 0.inner.weight 0.inner.bias
import torch
from lib_layers import Frozen
from torch import nn

torch.manual_seed(6)
model = nn.Sequential(Frozen(nn.Linear(4, 6)), nn.ReLU(), nn.Linear(6, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(12, 4), torch.randint(0, 2, (12,))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
