# expect: GA201 nonfinite-op: rot
import torch

rot = torch.eye(3, requires_grad=True)
opt = torch.optim.SGD([rot], lr=0.1)


def angle(a, b):
    cos = ((a @ b.T).trace() - 1) / 2
    return torch.acos(cos.clamp(-1, 1))  # CUT


for _ in range(2):
    loss = angle(rot, torch.eye(3))
    opt.zero_grad()
    loss.backward()
    opt.step()
