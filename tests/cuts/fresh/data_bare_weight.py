# expect: GA101 data-attribute: w1
import torch

torch.manual_seed(1)
w1 = torch.randn(4, 16, requires_grad=True)
w2 = torch.randn(16, 1, requires_grad=True)
opt = torch.optim.SGD([w1, w2], lr=0.01)
for t in range(4):
    x = torch.randn(10, 4)
    hidden = x.mm(w1.data).clamp(min=0)  # CUT
    err = (hidden.mm(w2) - x.sum(1, keepdim=True)).pow(2).sum()
    opt.zero_grad()
    err.backward()
    opt.step()
