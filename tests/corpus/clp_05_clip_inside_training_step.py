"""The training step clips the gradients itself, before the loop around it runs the backward.

Source: simchowitzlabpublic/nano-world-model PR#22.
"""

import torch
import torch.nn.functional as F
from torch import nn


class WorldModel(nn.Module):
    def __init__(self, observation=6, action=2, width=16):
        super().__init__()
        self.encoder = nn.Linear(observation, width)
        self.dynamics = nn.GRUCell(action, width)
        self.decoder = nn.Linear(width, observation)
        self.grad_clip = 0.5

    def training_step(self, batch):
        observations, actions = batch
        state = torch.tanh(self.encoder(observations[:, 0]))
        loss = 0.0
        for t in range(actions.shape[1]):
            state = self.dynamics(actions[:, t], state)
            loss = loss + F.mse_loss(self.decoder(state), observations[:, t + 1])
        nn.utils.clip_grad_norm_(self.parameters(), self.grad_clip)
        return loss

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=2e-3)


class Loop:
    """What a framework does around a training step."""

    def __init__(self, max_steps):
        self.max_steps = max_steps

    def fit(self, module, batches):
        optimizer = module.configure_optimizers()
        for step, batch in zip(range(self.max_steps), batches):
            optimizer.zero_grad()
            loss = module.training_step(batch)
            loss.backward()
            optimizer.step()
            print(f"global_step={step} train_loss={loss.item():.4f}")


def trajectories():
    while True:
        actions = torch.randn(8, 4, 2)
        start = torch.randn(8, 1, 6)
        drift = actions.cumsum(dim=1).repeat(1, 1, 3)
        yield torch.cat([start, start + drift], dim=1), actions


torch.manual_seed(40)
world_model = WorldModel()
Loop(max_steps=8).fit(world_model, trajectories())
