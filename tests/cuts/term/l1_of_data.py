"""L1 regularisation over p.data of all parameters in a loop."""
# expect: GA103 data-attribute: 0.weight 2.weight
import torch
from torch import nn

torch.manual_seed(11)
model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    l1 = 0
    for p in model.parameters():
        l1 = l1 + p.data.abs().sum()  # CUT
    loss = loss + 1e-3 * l1
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
