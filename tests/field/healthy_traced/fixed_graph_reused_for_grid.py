"""A design matrix with gradients is built once, its graph retained for several losses in a step, rebuilt every step."""
import torch

torch.manual_seed(41)
log_len = torch.zeros(1, requires_grad=True)
noise = torch.tensor([-1.0], requires_grad=True)
opt = torch.optim.Adam([log_len, noise], lr=0.1)
x = torch.linspace(0, 3, 12)
ys = [torch.sin(x + i) for i in range(3)]
for step in range(12):
    opt.zero_grad()
    d = (x[:, None] - x[None]).pow(2)
    K = torch.exp(-0.5 * d / log_len.exp().pow(2)) + noise.exp() * torch.eye(12)
    L = torch.linalg.cholesky(K)
    total = 0.0
    for i, y in enumerate(ys):
        alpha = torch.cholesky_solve(y[:, None], L)
        nll = 0.5 * (y[:, None] * alpha).sum() + L.diagonal().log().sum()
        nll.backward(retain_graph=i < len(ys) - 1)
        total += nll.item()
    opt.step()
    print(f"{total:.4f}")
