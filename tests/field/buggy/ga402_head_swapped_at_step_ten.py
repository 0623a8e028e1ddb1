"""At step 10 of 25 the head is replaced for a new class."""

import torch
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        return self.head(self.body(x).relu())


class Lifelong:
    def __init__(self):
        self.model = Classifier()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.05, momentum=0.9)

    def run(self):
        for k in range(25):
            if k == 10:
                self.model.head = nn.Linear(8, 4)
            y = torch.randint(0, 3, (6,))
            loss = nn.functional.cross_entropy(self.model(torch.randn(6, 5)), y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


torch.manual_seed(1)
Lifelong().run()
