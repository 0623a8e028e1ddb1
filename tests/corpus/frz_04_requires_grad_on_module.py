"""Adaptation of a segmentation net whose encoder is "frozen" by an assignment to the module instead of its parameters.

Source: CSCYQJ/MICCAI23-ProtoContra-SFDA#18.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(31)


class SourceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)
        )
        self.decoder = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.decoder(F.relu(self.encoder(x)))


net = SourceNet()
net.encoder.requires_grad = False

optim = torch.optim.Adam(filter(lambda p: p.requires_grad, net.parameters()), lr=1e-3)

for it in range(20):
    img = torch.randn(4, 1, 6, 6)
    pseudo = (img.squeeze(1) > 0.3).long()
    out = net(img)
    ce = F.cross_entropy(out, pseudo)
    prob = out.softmax(1)
    entropy = -(prob * prob.clamp_min(1e-6).log()).sum(1).mean()
    loss = ce + 0.1 * entropy
    optim.zero_grad()
    loss.backward()
    optim.step()
    if it % 5 == 0:
        print("iter {:02d}: ce {:.4f} entropy {:.4f}".format(it, ce.item(), entropy.item()))
