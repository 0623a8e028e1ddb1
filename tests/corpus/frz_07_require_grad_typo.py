"""Transfer learning with `require_grad = False` on the body: the misspelt attribute is created silently.

Source: codertimo/BERT-pytorch PR#104; udacity/deep-learning-v2-pytorch#12; asked in pytorch/pytorch#72332.
"""

from collections import OrderedDict

import torch
from torch import nn, optim


def pretrained():
    torch.manual_seed(100)
    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(nn.Linear(12, 24), nn.ReLU(), nn.Linear(24, 10), nn.ReLU()),
            classifier=nn.Linear(10, 100),
        )
    )


model = pretrained()
for param in model.parameters():
    param.require_grad = False

model.classifier = nn.Sequential(
    OrderedDict(
        fc1=nn.Linear(10, 8), relu=nn.ReLU(), fc2=nn.Linear(8, 2), output=nn.LogSoftmax(dim=1)
    )
)

criterion = nn.NLLLoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)

steps, print_every, running_loss = 0, 5, 0
for epoch in range(3):
    for _ in range(8):
        steps += 1
        inputs = torch.randn(16, 12)
        labels = (inputs[:, :6].sum(1) > inputs[:, 6:].sum(1)).long()
        optimizer.zero_grad()
        logps = model(inputs)
        loss = criterion(logps, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if steps % print_every == 0:
            print(f"Epoch {epoch + 1}/3.. Train loss: {running_loss / print_every:.3f}")
            running_loss = 0
