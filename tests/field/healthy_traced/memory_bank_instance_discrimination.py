"""A memory bank updated by index under no_grad with momentum; NCE against it; nearest neighbours by numpy."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(51)
data = torch.randn(40, 6)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 5))
bank = F.normalize(torch.randn(40, 5), dim=1)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for step in range(15):
    idx = torch.randperm(40)[:10]
    z = F.normalize(net(data[idx]), dim=1)
    logits = z @ bank.t() / 0.2
    near = (z.detach().numpy() @ bank.numpy().T).argsort(1)[:, -2]
    loss = F.cross_entropy(logits, idx) + 0.1 * F.cross_entropy(logits, torch.from_numpy(near))
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        bank[idx] = F.normalize(0.5 * bank[idx] + 0.5 * z, dim=1)
    print(f"{loss.item():.4f}")
