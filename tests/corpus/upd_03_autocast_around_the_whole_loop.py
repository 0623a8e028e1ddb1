"""One autocast context spans the whole loop, so the cast copies of the weights outlive every step.

Source: X-GenGroup/Flow-Factory PR#186.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class VelocityNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.first = nn.Linear(3, width)
        self.second = nn.Linear(width, 2)

    def forward(self, x, t):
        return self.second(F.gelu(self.first(torch.cat([x, t], dim=1))))


class FlowTrainer:
    def __init__(self, dtype):
        self.model = VelocityNet()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.01)
        self.autocast = torch.autocast("cpu", dtype=dtype)

    def optimize(self, noise, data, epochs):
        t = torch.linspace(0.05, 0.95, len(data)).unsqueeze(1)
        mixed = (1 - t) * noise + t * data
        with self.autocast:
            for epoch in range(epochs):
                velocity = self.model(mixed, t)
                loss = F.mse_loss(velocity.float(), data - noise)
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.optimizer.zero_grad()
                print(f"epoch {epoch}: loss {loss.item():.6f}")


if __name__ == "__main__":
    torch.manual_seed(18)
    FlowTrainer(torch.bfloat16).optimize(torch.randn(24, 2), torch.randn(24, 2) + 3, epochs=6)
