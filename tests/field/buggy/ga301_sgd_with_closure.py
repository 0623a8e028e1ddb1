"""SGD is given a closure that never clears."""

import torch

torch.manual_seed(8)
theta = torch.randn(5, requires_grad=True)
sgd = torch.optim.SGD([theta], lr=0.01)
for _ in range(5):
    x = torch.randn(10, 5)

    def closure(x=x):
        loss = (x @ theta - 1).pow(2).mean()
        loss.backward()
        return loss

    sgd.step(closure)
