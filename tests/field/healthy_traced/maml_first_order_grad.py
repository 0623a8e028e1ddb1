"""First-order MAML: the inner gradients are detached, fast weights are plain tensors in a list."""
import torch
import torch.nn.functional as F

torch.manual_seed(2)
w = [torch.randn(10, 1).requires_grad_(), torch.zeros(10).requires_grad_(), (torch.randn(1, 10) * 0.3).requires_grad_(), torch.zeros(1).requires_grad_()]
opt = torch.optim.Adam(w, lr=1e-2)


def forward(x, w):
    return F.linear(torch.tanh(F.linear(x, w[0], w[1])), w[2], w[3])


for it in range(8):
    meta = 0.0
    for task in range(3):
        phase = torch.rand(1) * 3
        xs, xq = torch.randn(6, 1), torch.randn(6, 1)
        fast = w
        for _ in range(2):
            inner = F.mse_loss(forward(xs, fast), torch.sin(xs + phase))
            grads = torch.autograd.grad(inner, fast)
            fast = [p - 0.05 * g.detach() for p, g in zip(fast, grads)]
        meta = meta + F.mse_loss(forward(xq, fast), torch.sin(xq + phase))
    opt.zero_grad()
    (meta / 3).backward()
    opt.step()
    print(f"{meta.item():.4f}")
