"""Mean teacher: a copy of the student that follows it by moving average and never gets a gradient. Healthy."""

import copy

import torch
from torch import nn
from torch.nn import functional as F


class MeanTeacher:
    def __init__(self, student, lr=3e-3, decay=0.95):
        self.student = student
        self.teacher = copy.deepcopy(student)
        for p in self.teacher.parameters():
            p.requires_grad_(False)
        self.decay = decay
        self.optimizer = torch.optim.Adam(self.student.parameters(), lr=lr)

    @torch.no_grad()
    def update_teacher(self):
        for t, s in zip(self.teacher.parameters(), self.student.parameters()):
            t.mul_(self.decay).add_(s, alpha=1 - self.decay)

    def training_step(self, x, y, unlabelled, weight):
        supervised = F.cross_entropy(self.student(x), y)
        with torch.no_grad():
            target = self.teacher(unlabelled + 0.1 * torch.randn_like(unlabelled)).softmax(-1)
        prediction = self.student(unlabelled + 0.1 * torch.randn_like(unlabelled)).softmax(-1)
        consistency = F.mse_loss(prediction, target)
        loss = supervised + weight * consistency
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.update_teacher()
        return supervised.item(), consistency.item()


def main():
    torch.manual_seed(505)
    trainer = MeanTeacher(nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 3)))
    centres = torch.randn(3, 4)
    for step in range(35):
        y = torch.randint(0, 3, (12,))
        x = centres[y] + 0.5 * torch.randn(12, 4)
        unlabelled = centres[torch.randint(0, 3, (24,))] + 0.5 * torch.randn(24, 4)
        ce, mse = trainer.training_step(x, y, unlabelled, weight=min(1.0, step / 10))
        if step % 7 == 0:
            print(f"{step:2d}  ce {ce:.4f}  consistency {mse:.5f}")


if __name__ == "__main__":
    main()
