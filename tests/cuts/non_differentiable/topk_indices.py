"""Only the indices of topk are used to gather inputs."""
# expect: GA101 non-differentiable-op: scorer.weight scorer.bias
import torch
from torch import nn


class Select(nn.Module):
    def __init__(self):
        super().__init__()
        self.scorer = nn.Linear(4, 1)
        self.head = nn.Linear(8, 1)

    def forward(self, nodes):
        scores = self.scorer(nodes).squeeze(-1)
        _, keep = scores.topk(2, dim=1)  # CUT
        kept = nodes.gather(1, keep.unsqueeze(-1).expand(-1, -1, 4))
        return self.head(kept.flatten(1))


torch.manual_seed(4)
model = Select()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    nodes = torch.randn(6, 5, 4)
    loss = (model(nodes) - nodes.sum((1, 2))[:, None]).abs().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
