"""FGSM training where one helper does forward and backward both for the attack and for the update."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(75)
model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 2))
opt = torch.optim.Adam(model.parameters(), lr=3e-3)


def forward_backward(x, y):
    model.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    return loss.item()


for step in range(20):
    x = torch.randn(16, 5, requires_grad=True)
    y = (x[:, 0] > 0).long()
    forward_backward(x, y)
    adversarial = (x + 0.1 * x.grad.sign()).detach()
    value = forward_backward(adversarial, y)
    opt.step()
print(value)
