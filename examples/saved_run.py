"""Save what happens in a run, and judge it later: `log_dir`, then `gradaudit report`."""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

import gradaudit

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)

with tempfile.TemporaryDirectory() as folder:
    with gradaudit.watch(model, optimizer, on_finding="silent", log_dir=folder):
        for _ in range(10):
            x = torch.randn(32, 8)
            nn.functional.mse_loss(model(x), x[:, :1]).backward()
            optimizer.step()  # and nobody clears the gradients

    saved = [f"{file.name}, {file.stat().st_size} bytes" for file in Path(folder).iterdir()]
    print("saved:", *saved, flush=True)

    # The same as `gradaudit report FOLDER` in a shell, also days later and on another machine.
    report = [sys.executable, "-m", "gradaudit", "report", folder]
    subprocess.run(report, check=True)

    # As a gate: exit code 1 when something at least this severe was found.
    gate = subprocess.run([*report, "--fail-on", "error"], check=False, capture_output=True)
    assert gate.returncode == 1

    # And what is said can be chosen anew: here all but the rule that has spoken.
    quiet = subprocess.run([*report, "--ignore", "GA301", "--fail-on", "error"], check=False)
    assert quiet.returncode == 0
