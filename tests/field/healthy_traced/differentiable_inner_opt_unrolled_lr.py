"""The learning rate itself is learned by unrolling SGD; the weights carry over as detached leaves to the next window."""
import torch

torch.manual_seed(69)
log_lr = torch.tensor(-3.0, requires_grad=True)
outer = torch.optim.SGD([log_lr], lr=0.05)
w = torch.zeros(4, 1, requires_grad=True)
for step in range(10):
    v = w
    for _ in range(3):
        x = torch.randn(16, 4)
        inner = (x @ v - x.sum(1, keepdim=True)).pow(2).mean()
        (g,) = torch.autograd.grad(inner, v, create_graph=True)
        v = v - log_lr.exp() * g
    x = torch.randn(16, 4)
    loss = (x @ v - x.sum(1, keepdim=True)).pow(2).mean()
    outer.zero_grad()
    loss.backward()
    outer.step()
    w = v.detach().requires_grad_()
    print(f"{loss.item():.5f} {log_lr.exp().item():.5f}")
