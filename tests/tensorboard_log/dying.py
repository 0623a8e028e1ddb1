"""A script that trains with a log and ends in the way that its first argument says.

    python dying.py HOW FOLDER

It prints how many steps it has taken before it ends.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

import gradaudit
from gradaudit.tensorboard import TensorBoardSink

how, folder = sys.argv[1:]
target: Any = Path(folder)
if how.endswith("-torch"):
    from torch.utils.tensorboard.writer import SummaryWriter

    target = SummaryWriter(folder)
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
audit = gradaudit.watch(net, optimizer, on_finding="silent", sinks=[TensorBoardSink(target)])


def step(bad: bool = False) -> None:
    optimizer.zero_grad()
    (net(torch.ones(4, 2)).sum() * (float("nan") if bad else 1)).backward()
    optimizer.step()


for _ in range(100):
    step()
if how.startswith("killed-after-finding"):
    step(bad=True)
    step()  # a column is known when the next one begins
    if how.endswith("-torch"):
        import time

        time.sleep(0.2)
        step()
print("taken", flush=True)
if how.startswith("killed"):
    os.kill(os.getpid(), signal.SIGKILL)
if how == "terminated":
    os.kill(os.getpid(), signal.SIGTERM)
if how == "raised":
    with audit:
        raise RuntimeError("in the middle")
if how == "raised-outside":
    raise RuntimeError("nobody closes the audit")
if how == "forked":
    child = os.fork()
    if child == 0:
        for _ in range(40):
            step()
        audit.close()
        sys.exit()  # with all that is called at the end of a process
    os.waitpid(child, 0)
    step()
