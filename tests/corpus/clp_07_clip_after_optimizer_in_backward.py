"""Every parameter is stepped and cleared in its own backward hook; the clipping comes later.

Source: pytorch/torchtitan#990.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.RMSNorm(width)
        self.up = nn.Linear(width, 2 * width, bias=False)
        self.down = nn.Linear(2 * width, width, bias=False)

    def forward(self, x):
        return x + self.down(F.silu(self.up(self.norm(x))))


class OptimizersInBackward:
    def __init__(self, model, **options):
        self.by_parameter = {}
        for parameter in model.parameters():
            self.by_parameter[parameter] = torch.optim.AdamW([parameter], **options)
            parameter.register_post_accumulate_grad_hook(self.apply)

    def apply(self, parameter):
        optimizer = self.by_parameter[parameter]
        optimizer.step()
        optimizer.zero_grad()

    def step(self):
        pass

    def zero_grad(self):
        pass


torch.manual_seed(5)
model = nn.Sequential(nn.Embedding(12, 8), Block(8), Block(8), nn.Linear(8, 12))
optimizers = OptimizersInBackward(model, lr=1e-3, weight_decay=0.1)
for step in range(8):
    tokens = (torch.randint(0, 12, (4, 1)) + torch.arange(6)) % 12
    optimizers.zero_grad()
    logits = model(tokens[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    loss.backward()
    grad_norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizers.step()
    print(f"step {step} loss {loss.item():.4f} grad_norm {grad_norm:.4f}")
