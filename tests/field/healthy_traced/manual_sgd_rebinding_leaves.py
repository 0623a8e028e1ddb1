"""No optimizer: weights are rebound to new leaves every step."""
import torch

torch.manual_seed(14)
w1 = torch.randn(4, 8, requires_grad=True)
w2 = torch.randn(8, 1, requires_grad=True)
for step in range(12):
    x = torch.randn(16, 4)
    loss = (torch.relu(x @ w1) @ w2 - x[:, :1]).pow(2).mean()
    g1, g2 = torch.autograd.grad(loss, (w1, w2))
    w1 = (w1 - 0.01 * g1).detach().requires_grad_()
    w2 = (w2 - 0.01 * g2).detach().requires_grad_(True)
    print(f"{loss.item():.4f}")
