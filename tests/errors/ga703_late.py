"""The state is carried for two steps in a row from step 5 on only."""

# expect: GA703 reused-graph
# exit: 1
# tensor: h
import torch
from torch import nn

torch.manual_seed(0)
rnn, head = nn.RNN(2, 4), nn.Linear(4, 1)
opt = torch.optim.SGD([*rnn.parameters(), *head.parameters()], lr=0.1)
h = None
for step in range(10):
    x = torch.randn(3, 5, 2)
    out, h = rnn(x, h)  # HERE
    loss = head(out).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step < 5:
        h = h.detach()
