"""Accuracy as the loss."""
# expect: GA104 non-differentiable-op: 0.weight 0.bias
# exit: 1
import torch
from torch import nn

torch.manual_seed(2)
model = nn.Sequential(nn.Linear(4, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def accuracy_loss(logits, y):
    predictions = torch.argmax(logits, dim=1)  # CUT
    correct = (predictions == y).float()
    return 1 - correct.mean()


for _ in range(3):
    x, y = torch.randn(8, 4), torch.randint(0, 3, (8,))
    loss = accuracy_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
