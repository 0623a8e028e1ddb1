"""PGD adversarial training with x.grad from loss.backward() in the inner loop; the model's gradients are cleared after it."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(74)
model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3))
opt = torch.optim.SGD(model.parameters(), lr=0.1)


def attack(x, y):
    adv = x + 0.05 * torch.randn_like(x)
    for _ in range(4):
        adv = adv.detach().requires_grad_()
        loss = F.cross_entropy(model(adv), y)
        loss.backward()
        adv = x + (adv + 0.03 * adv.grad.sign() - x).clamp(-0.1, 0.1)
    return adv.detach()


for step in range(15):
    x = torch.randn(16, 6)
    y = x[:, :3].argmax(1)
    x = attack(x, y)
    opt.zero_grad()
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    opt.step()
print(loss.item())
