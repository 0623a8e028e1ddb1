"""SAM in the loop: climb by no_grad adds, second backward, go back, step."""
import torch
from torch import nn

torch.manual_seed(17)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
for step in range(10):
    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    eps = []
    with torch.no_grad():
        norm = torch.stack([p.grad.norm() for p in net.parameters()]).norm()
        for p in net.parameters():
            e = 0.05 * p.grad / (norm + 1e-12)
            p.add_(e)
            eps.append(e)
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    with torch.no_grad():
        for p, e in zip(net.parameters(), eps):
            p.sub_(e)
    opt.step()
    opt.zero_grad()
    print(f"{loss.item():.4f}")
