"""A meta-device skeleton gets its weights by load_state_dict(assign=True); the optimizer is made afterwards."""
import torch
from torch import nn

torch.manual_seed(47)
source = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2))
with torch.device("meta"):
    model = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 2))
model.load_state_dict(source.state_dict(), assign=True)
del source
for stage in range(2):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for step in range(8):
        x = torch.randn(8, 3)
        loss = nn.functional.cross_entropy(model(x), (x[:, 0] > 0).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    saved = {k: v.clone() for k, v in model.state_dict().items()}
    model.load_state_dict(saved, assign=True)
print(loss.item())
