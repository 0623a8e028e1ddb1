# expect: GA701 inplace-edit
# exit: 1
import torch


def gate(h):
    s = h.exp()
    s[s > 1] = 1.0  # HERE
    return s


w = torch.randn(3, 3, requires_grad=True)
loss = gate(torch.randn(2, 3) @ w).sum()
loss.backward()
