"""Index fill over lines."""

# expect: GA701 inplace-edit
# exit: 1
import torch
from torch import nn

lin = nn.Linear(4, 5)
opt = torch.optim.SGD(lin.parameters(), lr=0.1)
for _ in range(2):
    probs = torch.softmax(lin(torch.randn(3, 4)), dim=1)
    probs.index_fill_(  # HERE
        1,
        torch.tensor([0, 2]),
        0.0,
    )
    loss = -(probs + 1e-6).log().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
