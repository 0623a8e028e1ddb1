"""requires_grad_ is assigned to instead of called, on the whole model of a trainer."""

import torch
from torch import nn


class Finetune:
    def __init__(self):
        self.model = nn.Linear(4, 2)
        self.model.requires_grad_ = False
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def run(self):
        for _ in range(6):
            self.optimizer.zero_grad()
            self.model(torch.randn(6, 4)).pow(2).mean().backward()
            self.optimizer.step()


torch.manual_seed(4)
Finetune().run()
