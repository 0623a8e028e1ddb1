"""Deep-dream like: the pretrained network is in eval mode but not frozen; only the image is optimised."""
import torch
from torch import nn

torch.manual_seed(57)
net = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 8, 3)).eval()
img = torch.rand(1, 3, 10, 10, requires_grad=True)
opt = torch.optim.Adam([img], lr=0.05)
for step in range(15):
    opt.zero_grad()
    loss = -net(img).pow(2).mean()
    loss.backward()
    opt.step()
print(loss.item())
