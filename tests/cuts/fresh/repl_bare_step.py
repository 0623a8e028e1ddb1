# expect: GA101 replaced-parameter|detach:
# expect: GA105|GA401 replaced-parameter|detach|unregistered-leaf:
# allow: GA105 GA401 GA402 GA101 GA302
import torch

w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
w = (w + torch.randn(3)).detach().requires_grad_()  # CUT
for _ in range(5):
    x = torch.randn(10, 3)
    loss = (x @ w + b - x.sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
