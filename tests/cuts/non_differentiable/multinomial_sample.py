"""A token sampled with torch.multinomial is fed back."""
# expect: GA101 non-differentiable-op: first.weight first.bias
import torch
from torch import nn


class TwoTokens(nn.Module):
    def __init__(self, v=6):
        super().__init__()
        self.first = nn.Linear(4, v)
        self.emb = nn.Embedding(v, 4)
        self.second = nn.Linear(4, v)

    def forward(self, x):
        probs = self.first(x).softmax(-1)
        token = torch.multinomial(probs, 1).squeeze(1)  # CUT
        return self.second(self.emb(token))


torch.manual_seed(7)
model = TwoTokens()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(9, 4), torch.randint(0, 6, (9,))
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
