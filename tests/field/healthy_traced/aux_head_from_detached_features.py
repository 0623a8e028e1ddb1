"""A linear probe learns on detached features within the same loss; its accuracy by argmax."""
import torch
from torch import nn

torch.manual_seed(21)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, 10), nn.ReLU())
        self.decoder = nn.Linear(10, 6)
        self.probe = nn.Linear(10, 3)

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z), self.probe(z.detach())


net = Net()
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(15):
    x = torch.randn(16, 6)
    y = x[:, :3].argmax(1)
    rec, logits = net(x)
    losses = {"rec": (rec - x).pow(2).mean(), "probe": nn.functional.cross_entropy(logits, y)}
    loss = sum(losses.values())
    opt.zero_grad()
    loss.backward()
    opt.step()
    logged = {k: round(v.item(), 4) for k, v in losses.items()}
    print(logged, (logits.argmax(1) == y).float().mean().item())
