# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

G, D = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
g_opt = torch.optim.SGD(G.parameters(), lr=0.1)
d_opt = torch.optim.SGD(D.parameters(), lr=0.1)
for _ in range(2):
    fake = G(torch.randn(4, 2))
    score = D(fake)
    d_loss = score.mean() - D(torch.randn(4, 2)).mean()
    g_loss = -score.mean()
    d_opt.zero_grad()
    d_loss.backward(retain_graph=True)
    d_opt.step()  # HERE
    g_opt.zero_grad()
    g_loss.backward()
    g_opt.step()
