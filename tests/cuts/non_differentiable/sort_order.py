"""The order of learned scores (argsort) shuffles the inputs."""
# expect: GA101 non-differentiable-op: rank.weight rank.bias
import torch
from torch import nn


class Ranker(nn.Module):
    def __init__(self):
        super().__init__()
        self.rank = nn.Linear(2, 1)
        self.rnn = nn.RNN(2, 4, batch_first=True)
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        s = self.rank(x).squeeze(-1)
        order = s.argsort(dim=1, descending=True)  # CUT
        x = torch.take_along_dim(x, order.unsqueeze(-1), dim=1)
        return self.out(self.rnn(x)[0][:, -1])


torch.manual_seed(9)
model = Ranker()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x = torch.randn(4, 6, 2)
    loss = (model(x) - x.amax((1, 2))[:, None]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
