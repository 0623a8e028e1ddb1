"""EM by gradient: responsibilities under no_grad, expected complete log-likelihood minus their entropy in the loss."""
import torch
from torch import nn

torch.manual_seed(84)
mu, logit, log_s = nn.Parameter(torch.randn(3, 2)), nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(3))
opt = torch.optim.Adam([mu, logit, log_s], lr=5e-2)
x = torch.randn(60, 2) + torch.randint(0, 3, (60, 1)) * 3


def joint():
    d = (x[:, None] - mu).pow(2).sum(-1)
    return logit.log_softmax(0) - 0.5 * d / log_s.exp().pow(2) - 2 * log_s


for step in range(15):
    with torch.no_grad():
        r = joint().softmax(1)
        entropy = -(r * (r + 1e-12).log()).sum(1)
    elbo = (r * joint()).sum(1) + entropy
    loss = -elbo.mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
