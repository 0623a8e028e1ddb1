"""Boxes above a learned score are kept through nonzero(); the score itself is lost."""
# expect: GA101 non-differentiable-op: objectness.weight objectness.bias
import torch
from torch import nn


class Rpn(nn.Module):
    def __init__(self):
        super().__init__()
        self.objectness = nn.Linear(4, 1)
        self.delta = nn.Linear(4, 2)

    def forward(self, anchors):
        score = self.objectness(anchors)[:, 0]
        keep = (score > score.median()).nonzero()[:, 0]  # CUT
        return self.delta(anchors[keep]), keep


torch.manual_seed(10)
rpn = Rpn()
optimizer = torch.optim.SGD(rpn.parameters(), lr=0.1)
for _ in range(5):
    anchors = torch.randn(12, 4)
    boxes, keep = rpn(anchors)
    loss = nn.functional.smooth_l1_loss(boxes, anchors[keep][:, :2])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
