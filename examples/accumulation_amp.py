"""Gradient accumulation, a gradient scaler and clipping; then the classic slip in their order."""

import torch
from torch import nn

import gradaudit

MICRO_BATCHES = 4


def train(unscale_first):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(16, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    with gradaudit.watch(model, optimizer, on_finding="silent") as audit:
        for _ in range(10):
            optimizer.zero_grad()
            for _ in range(MICRO_BATCHES):
                inputs = torch.randn(32, 16)
                with torch.autocast("cpu", torch.bfloat16):
                    outputs = model(inputs)
                loss = nn.functional.mse_loss(outputs.float(), inputs[:, :1]) / MICRO_BATCHES
                scaler.scale(loss).backward()
            if unscale_first:
                scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
    return audit


right = train(unscale_first=True)
print(right.report())
assert right.findings == ()
print("norms, without the scale:", {name: round(n, 3) for name, n in right.norms().items()})

wrong = train(unscale_first=False)
print(f"\n{wrong.report()}")
assert [finding.code for finding in wrong.findings] == ["GA306"]
