"""torch.compile with the eager backend, a graph break by print-free item() in forward, two shapes."""
import torch
from torch import nn

torch.manual_seed(46)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(4, 8), nn.Linear(8, 2)
        self.seen = 0.0

    def forward(self, x):
        h = torch.relu(self.a(x))
        self.seen = h.detach().max().item()
        return self.b(h) / max(1.0, self.seen)


net = Net()
fast = torch.compile(net, backend="eager")
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    x = torch.randn(8 if step % 3 else 6, 4)
    loss = (fast(x) - x[:, :2]).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f} {net.seen:.4f}")
