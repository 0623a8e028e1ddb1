"""A triplet-margin embedder on easy clusters: after some steps all triplets are satisfied and the loss is 0."""
import torch
from torch import nn

torch.manual_seed(3)
centres = torch.eye(4) * 6
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.TripletMarginLoss(margin=0.5)
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
for it in range(50):
    a = torch.randint(0, 4, (16,))
    n = (a + torch.randint(1, 4, (16,))) % 4
    pick = lambda idx: net(centres[idx] + 0.05 * torch.randn(16, 4))
    loss = criterion(pick(a), pick(a), pick(n))
    opt.zero_grad(set_to_none=False)
    loss.backward()
    opt.step()
print(loss.item())
