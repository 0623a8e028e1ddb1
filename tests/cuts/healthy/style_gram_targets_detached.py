"""Neural style: features of a frozen net, detached targets, the image is the parameter."""
import torch
from torch import nn

torch.manual_seed(32)
vgg = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Conv2d(3, 3, 3, padding=1))
for p in vgg.parameters():
    p.requires_grad_(False)


def gram(f):
    f = f.flatten(2)
    return f @ f.mT / f.shape[-1]


content = vgg(torch.rand(1, 1, 8, 8)).detach()
style = gram(vgg(torch.rand(1, 1, 8, 8))).detach()
image = torch.rand(1, 1, 8, 8).requires_grad_(True)
opt = torch.optim.Adam([image], lr=0.02)
for _ in range(6):
    opt.zero_grad()
    f = vgg(image)
    loss = (f - content).square().mean() + (gram(f) - style).square().mean()
    loss.backward()
    opt.step()
    with torch.no_grad():
        image.clamp_(0, 1)
