"""A model that returns output and gate; the training loop multiplies the wrong thing."""
# expect: GA101 unused-output: gate.weight gate.bias
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.LSTM(3, 6, batch_first=True)
        self.gate = nn.Linear(6, 6)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        h, _ = self.rnn(x)
        g = self.gate(h)  # CUT
        g = torch.sigmoid(g)  # CUT
        return self.out(h)


torch.manual_seed(5)
model = Tagger()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()
for step in range(5):
    x = torch.randn(4, 7, 3)
    y = (x[..., 0] > 0).long()
    optimizer.zero_grad()
    loss = criterion(model(x).flatten(0, 1), y.flatten())
    loss.backward()
    optimizer.step()
