"""Lightning Fabric: `watch` as it is, with two optimizers; and what a forgotten line looks like."""

import torch
from lightning.fabric import Fabric
from torch import nn

import gradaudit


def train(forget):
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.seed_everything(0, verbose=False)
    body = nn.Sequential(nn.Linear(8, 32), nn.ReLU())
    head = nn.Linear(32, 1)
    body, slow = fabric.setup(body, torch.optim.SGD(body.parameters(), lr=1e-3))
    head, fast = fabric.setup(head, torch.optim.Adam(head.parameters(), lr=1e-2))

    models, optimizers = {"body": body, "head": head}, [slow, fast]
    with gradaudit.watch(models, optimizers, on_finding="silent") as audit:
        for number in range(24):
            x = torch.randn(16, 8)
            whole = number % 2 == 1  # two batches make a step
            with fabric.no_backward_sync(body, enabled=not whole):
                loss = nn.functional.mse_loss(head(body(x)), x.sum(dim=1, keepdim=True))
                fabric.backward(loss / 2)
            if whole:
                slow.step()
                fast.step()
                fast.zero_grad()
                if not forget:
                    slow.zero_grad()
    return audit.report()


right = train(forget=False)
print(right)
assert right.findings == ()

wrong = train(forget=True)
print(f"\n{wrong}")
(found,) = wrong.findings
assert found.code == "GA301"
assert found.model == "body"
