"""SimSiam: both branches share the encoder, one side is detached."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(10)
encoder = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 4))
predictor = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 4))
opt = torch.optim.SGD([*encoder.parameters(), *predictor.parameters()], lr=0.05)


def negative_cosine(p, z):
    z = z.detach()
    return -F.cosine_similarity(p, z).mean()


for _ in range(6):
    x = torch.randn(16, 6)
    z1, z2 = encoder(x + 0.1 * torch.randn_like(x)), encoder(x + 0.1 * torch.randn_like(x))
    loss = 0.5 * (negative_cosine(predictor(z1), z2) + negative_cosine(predictor(z2), z1))
    opt.zero_grad()
    loss.backward()
    opt.step()
