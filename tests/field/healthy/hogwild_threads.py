"""Hogwild in one process: three threads share one model, each with its own optimizer and private gradient step."""
import threading

import torch
from torch import nn

torch.manual_seed(23)
shared = nn.Linear(6, 1)
lock = threading.Lock()
losses = []


def worker(seed):
    g = torch.Generator().manual_seed(seed)
    opt = torch.optim.SGD(shared.parameters(), lr=0.02)
    for _ in range(10):
        x = torch.randn(16, 6, generator=g)
        with lock:
            opt.zero_grad()
            loss = ((shared(x) - x.sum(1, keepdim=True)) ** 2).mean()
            loss.backward()
            opt.step()
            losses.append(loss.item())


pool = [threading.Thread(target=worker, args=(i,)) for i in range(3)]
[t.start() for t in pool]
[t.join() for t in pool]
print(len(losses))
