"""An image to be optimised was cloned from data and never asked to require grad."""
# expect: GA104 requires-grad-off: image
# exit: 1
import torch
from torch import nn

torch.manual_seed(2)
features = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).requires_grad_(False)
content = torch.rand(1, 1, 6, 6)
target = features(torch.rand(1, 1, 6, 6))
image = content.clone()
optimizer = torch.optim.Adam([image], lr=0.05)


def main():
    for step in range(5):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(features(image), target)
        loss.backward()
        optimizer.step()


main()
