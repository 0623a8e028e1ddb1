# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn

rnn = nn.GRU(2, 3, batch_first=True)
opt = torch.optim.Adam(rnn.parameters())
h = None
for chunk in torch.randn(4, 5, 6, 2).unbind():
    out, h = rnn(chunk, h)  # HERE
    loss = out.square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
