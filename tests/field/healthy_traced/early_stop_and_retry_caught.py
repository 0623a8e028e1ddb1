"""Errors raised in forward, in the loss and by backward itself are caught; the batch is tried again smaller. Early stop."""
import torch
from torch import nn

torch.manual_seed(39)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
opt = torch.optim.Adam(net.parameters(), lr=3e-2)
best, bad = float("inf"), 0
for step in range(25):
    x = torch.randn(32 if step % 4 == 0 else 8, 4)
    y = x[:, :3].argmax(1)
    try:
        opt.zero_grad()
        out = net(x)
        if len(x) > 16:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory (pretended)")
        loss = nn.functional.cross_entropy(out, y)
        loss.backward()
    except torch.cuda.OutOfMemoryError:
        opt.zero_grad(set_to_none=True)
        total = 0.0
        for xs, ys in zip(x.split(8), y.split(8)):
            part = nn.functional.cross_entropy(net(xs), ys) / 4
            part.backward()
            total += part.item()
        loss = torch.tensor(total)
    opt.step()
    if loss.item() < best - 1e-3:
        best, bad = loss.item(), 0
    else:
        bad += 1
    print(f"{loss.item():.4f}")
    if bad > 6:
        break
