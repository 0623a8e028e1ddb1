"""Gradients from torch.func.grad, put into .grad by hand."""
import torch
from torch import nn
from torch.func import functional_call, grad_and_value

torch.manual_seed(16)
net = nn.Linear(3, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)


def loss_fn(params, x, y):
    return (functional_call(net, params, (x,)) - y).square().mean()


for _ in range(5):
    x = torch.randn(8, 3)
    params = {n: p.detach() for n, p in net.named_parameters()}
    grads, loss = grad_and_value(loss_fn)(params, x, x[:, :1])
    for n, p in net.named_parameters():
        p.grad = grads[n]
    opt.step()
