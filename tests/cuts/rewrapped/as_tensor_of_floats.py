"""Scores collected as floats in a list comprehension, torch.as_tensor for the softmax."""
# expect: GA101 rewrapped-value: scorer.weight scorer.bias
import torch
from torch import nn


class Attend(nn.Module):
    def __init__(self):
        super().__init__()
        self.scorer = nn.Linear(4, 1)
        self.out = nn.Linear(4, 1)

    def forward(self, seq):
        scores = [self.scorer(seq[t]).item() for t in range(len(seq))]  # CUT
        w = torch.as_tensor(scores).softmax(0)  # CUT
        return self.out(w @ seq)


torch.manual_seed(6)
model = Attend()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    seq = torch.randn(5, 4)
    loss = (model(seq) - seq.max()).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
