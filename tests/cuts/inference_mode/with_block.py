"""with torch.inference_mode() around the encoder; the result is cloned to be usable."""
# expect: GA101 inference-mode: encoder.weight encoder.bias
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(4, 6)
        self.head = nn.Linear(6, 2)

    def forward(self, x):
        with torch.inference_mode():  # CUT
            z = self.encoder(x)
        return self.head(z.clone())


torch.manual_seed(0)
net = Net()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    opt.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    opt.step()
