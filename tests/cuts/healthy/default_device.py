"""set_default_device: a function mode is active all the time."""
import torch
from torch import nn

torch.set_default_device("cpu")
torch.manual_seed(8)
net = nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for _ in range(5):
    with torch.device("cpu"):
        x, y = torch.randn(4, 2, 8), torch.randint(0, 2, (4,))
        loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
