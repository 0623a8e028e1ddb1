"""A meta-learner loads its old weights back before it runs the backward of the query loss.

Source: RobinLu1209/ST-GFSL#3.
"""

import copy

import torch
import torch.nn as nn


class Forecaster(nn.Module):
    def __init__(self, history=8, width=12):
        super().__init__()
        self.enter = nn.Linear(history, width)
        self.leave = nn.Linear(width, 1)

    def forward(self, series):
        return self.leave(torch.relu(self.enter(series)))


def task(seed, rows=10):
    generator = torch.Generator().manual_seed(seed)
    phase = torch.rand(rows, 1, generator=generator)
    waves = torch.sin(torch.arange(9) * (0.3 + 0.1 * seed) + 6 * phase)
    return waves[:, :8], waves[:, 8:]


class MetaLearner:
    def __init__(self, inner_lr=0.05, meta_lr=1e-3, inner_steps=2):
        self.model = Forecaster()
        self.criterion = nn.MSELoss()
        self.inner_lr, self.inner_steps = inner_lr, inner_steps
        self.meta_optimizer = torch.optim.Adam(self.model.parameters(), lr=meta_lr)

    def adapt(self, x, y):
        inner = torch.optim.SGD(self.model.parameters(), lr=self.inner_lr)
        for _ in range(self.inner_steps):
            inner.zero_grad()
            self.criterion(self.model(x), y).backward()
            inner.step()

    def meta_step(self, tasks):
        start = copy.deepcopy(self.model.state_dict())
        query_losses = []
        for number in tasks:
            x, y = task(number)
            self.adapt(x[:5], y[:5])
            query_losses.append(self.criterion(self.model(x[5:]), y[5:]))
            self.model.load_state_dict(start)
        self.meta_optimizer.zero_grad()
        loss = torch.stack(query_losses).mean()
        loss.backward()
        self.meta_optimizer.step()
        return loss.item()


if __name__ == "__main__":
    torch.manual_seed(0)
    learner = MetaLearner()
    for epoch in range(4):
        print(f"meta epoch {epoch}: {learner.meta_step([epoch, epoch + 1]):.4f}")
