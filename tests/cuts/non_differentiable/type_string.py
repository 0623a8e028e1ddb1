""".type(torch.LongTensor), the old way."""
# expect: GA101 non-differentiable-op: enc.weight enc.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 4)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        k = self.enc(x).abs().type(torch.LongTensor)  # CUT
        z = k.clamp(max=3).float()
        return self.head(z)


torch.manual_seed(26)
net = Net()
opt = torch.optim.AdamW(net.parameters(), lr=0.05)
for step in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(net(x), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
