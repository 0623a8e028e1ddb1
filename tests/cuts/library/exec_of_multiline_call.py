"""A call that spans several lines: the detach is on one of them."""
# expect: GA101 detach: embed.weight
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(7, 4)
        self.lin = nn.Linear(8, 1)

    def forward(self, ids, x):
        return self.lin(
            torch.cat(
                [
                    x,
                    self.embed(ids)
                    .mean(1)
                    .detach(),  # CUT
                ],
                dim=-1,
            )
        )


torch.manual_seed(13)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, ids = torch.randn(6, 4), torch.randint(0, 7, (6, 3))
    loss = (net(ids, x) - x[:, :1]).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
