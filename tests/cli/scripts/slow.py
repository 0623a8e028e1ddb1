"""Trains for about a second, and once writes to stderr."""

import sys
import time

import torch

parameter = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([parameter], 0.1)
for step in range(12):
    (parameter - 1).square().sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    time.sleep(0.1)
    if step == 8:
        print("from the script", file=sys.stderr)
print("done")
