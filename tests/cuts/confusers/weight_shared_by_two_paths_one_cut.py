"""Of two uses of the embedding one is cut: gradients arrive all the same; the other module starves."""
# expect: GA101 detach: key.weight key.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(8, 4)
        self.query, self.key = nn.Linear(4, 4), nn.Linear(4, 4)

    def forward(self, a, b):
        k = self.key(self.emb(b)).detach()  # CUT
        return (self.query(self.emb(a)) * k).sum(-1)


torch.manual_seed(8)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    a, b = torch.randint(0, 8, (6,)), torch.randint(0, 8, (6,))
    y = (a == b).float()
    loss = nn.functional.binary_cross_entropy_with_logits(net(a, b), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
