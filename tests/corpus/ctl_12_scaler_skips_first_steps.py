"""Half-precision training whose gradient scaler starts too high and skips the first steps until it has come down.

Control. Source: huggingface/accelerate PR#139 (recreated on the CPU).
"""

import torch
import torch.nn as nn

torch.manual_seed(139)

model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20, growth_interval=1000)
loss_fn = nn.CrossEntropyLoss()
weights = torch.randn(10, 3)

for step in range(30):
    x = torch.randn(32, 10)
    y = (x @ weights).argmax(dim=1)
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.float16):
        logits = model(x)
        loss = loss_fn(logits.float(), y)
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    scaler.step(optimizer)
    scaler.update()
    if step < 5 or step % 10 == 9:
        print(f"step {step:2d} loss {loss.item():.4f} scale {scaler.get_scale():.0f}")
