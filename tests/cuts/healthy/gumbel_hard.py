"""Gumbel softmax with hard=True."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(5)
net = nn.ModuleDict({"logits": nn.Linear(4, 6), "book": nn.Linear(6, 4, bias=False)})
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for _ in range(6):
    x = torch.randn(10, 4)
    code = F.gumbel_softmax(net["logits"](x), tau=0.7, hard=True)
    loss = F.mse_loss(net["book"](code), x)
    opt.zero_grad()
    loss.backward()
    opt.step()
