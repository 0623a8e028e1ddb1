"""Style transfer in small: an image is the only parameter of LBFGS, the feature network is frozen, the image is clamped."""
import torch
from torch import nn

torch.manual_seed(56)
features = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(6, 6, 3, padding=1)).eval()
features.requires_grad_(False)
content, style = torch.rand(1, 3, 8, 8), torch.rand(1, 3, 8, 8)


def gram(f):
    f = f.flatten(2)[0]
    return f @ f.T / f.numel()


fc, gs = features(content), gram(features(style))
img = content.clone().requires_grad_(True)
opt = torch.optim.LBFGS([img])
run = [0]
while run[0] <= 40:

    def closure():
        with torch.no_grad():
            img.clamp_(0, 1)
        opt.zero_grad()
        f = features(img)
        loss = (f - fc).pow(2).mean() + 1e3 * (gram(f) - gs).pow(2).mean()
        loss.backward()
        run[0] += 1
        return loss

    value = opt.step(closure)
print(run[0], float(value))
