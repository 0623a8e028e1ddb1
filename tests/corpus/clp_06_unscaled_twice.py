"""Gradients are divided by the loss scale by the trainer and once more inside the optimizer's step.

Source: THUDM/slime PR#1842.
"""

import torch
import torch.nn as nn


class ScaledOptimizer:
    """A plain optimizer behind a constant loss scale."""

    def __init__(self, optimizer, loss_scale=2.0**10):
        self.optimizer = optimizer
        self.loss_scale = loss_scale

    def parameters(self):
        for group in self.optimizer.param_groups:
            yield from group["params"]

    def scale_loss(self, loss):
        return loss * self.loss_scale

    @torch.no_grad()
    def prepare_grads(self):
        for parameter in self.parameters():
            if parameter.grad is not None:
                parameter.grad.div_(self.loss_scale)

    def step(self):
        self.prepare_grads()
        self.optimizer.step()

    def zero_grad(self):
        self.optimizer.zero_grad()


class PolicyTrainer:
    def __init__(self):
        self.model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4)).half()
        self.optimizer = ScaledOptimizer(torch.optim.SGD(self.model.parameters(), lr=1e-3))

    def train_one_step(self, states, advantages):
        log_probs = torch.log_softmax(self.model(states.half()).float(), dim=-1)
        loss = -(log_probs * advantages).sum(dim=-1).mean()
        self.optimizer.zero_grad()
        self.optimizer.scale_loss(loss).backward()
        self.optimizer.prepare_grads()
        finite = all(p.grad.isfinite().all() for p in self.model.parameters())
        if finite:
            self.optimizer.step()
        return loss.item()


def main():
    torch.manual_seed(72)
    trainer = PolicyTrainer()
    states = torch.randn(40, 8)
    advantages = states[:, :4] * 2
    for step in range(20):
        loss = trainer.train_one_step(states, advantages)
        if step % 4 == 0:
            print(f"step {step}: policy loss {loss:.6f}")


if __name__ == "__main__":
    main()
