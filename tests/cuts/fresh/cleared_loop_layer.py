# expect: GA101|GA302|GA303 cleared: w1
# allow: GA302 GA303 GA101 GA304
import torch

w1 = torch.randn(3, 4, requires_grad=True)
w2 = torch.randn(4, 1, requires_grad=True)
opt = torch.optim.SGD([w1, w2], lr=0.01)
for i in range(6):
    loss = (torch.randn(8, 3) @ w1).tanh().mm(w2).square().mean()
    w2.grad = None
    loss.backward()
    w1.grad = None  # CUT
    opt.step()
