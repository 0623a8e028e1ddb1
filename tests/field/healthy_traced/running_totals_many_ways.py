"""Running totals by .item(), by a detached tensor in place, by numpy, and a list of losses that is cleared."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
total = 0.0
running = torch.zeros(())
history = []
window = []
array = np.zeros(())
for step in range(20):
    x = torch.randn(8, 5)
    loss = (net(x) - x.sum(1, keepdim=True)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    total += loss.item()
    running += loss.detach()
    history.append(loss.data.clone())
    array += loss.detach().numpy()
    window.append(loss)
    if len(window) == 5:
        mean = torch.stack(window).mean()
        print(f"{mean.item():.5f}")
        window.clear()
print(f"{total:.5f} {running.item():.5f} {array.item():.5f} {torch.stack(history).mean():.5f}")
