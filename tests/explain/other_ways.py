"""inputs=, autograd.grad, custom Functions, and a backward that raised."""

import torch


class Drops(torch.autograd.Function):
    @staticmethod
    def forward(ctx, value, weight):
        ctx.save_for_backward(weight)
        return value * weight

    @staticmethod
    def backward(ctx, grad):
        (weight,) = ctx.saved_tensors
        return grad * weight, None


value, weight = (torch.ones(3, requires_grad=True) for _ in range(2))
Drops.apply(value, weight).sum().backward()  # AT drops
print(value.grad, weight.grad)  # WHY weight not-reached custom-function drops

x, y = (torch.ones(3, requires_grad=True) for _ in range(2))
(x * y).sum().backward(inputs=[y])
print(x.grad, y.grad)  # WHY x not-among-inputs
torch.autograd.backward((x * y).sum(), inputs=(x,))
print(x.grad)

z = torch.ones(3, requires_grad=True)
(gradient,) = torch.autograd.grad((z * z).sum(), z)
print(z.grad, gradient)  # WHY z autograd-grad

frozen = torch.ones(3)  # AT frozen
waiting = torch.ones(3, requires_grad=True)
try:
    (frozen * 2).sum().backward()
except RuntimeError as error:
    print(error)
print(waiting.grad)  # WHY waiting backward-raised requires-grad-off

twice = torch.ones(3, requires_grad=True)
total = twice.exp().sum()
total.backward()
twice.grad = None  # AT twice
try:
    total.backward()
except RuntimeError as error:
    print(error)
print(twice.grad)  # WHY twice backward-raised
