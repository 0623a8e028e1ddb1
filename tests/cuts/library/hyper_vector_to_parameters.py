"""A hypernetwork writes the weights of another net with vector_to_parameters."""
# expect: GA101|GA103 data-attribute|detach: hyper.weight hyper.bias
# allow: GA401 GA104 GA105
import torch
from torch import nn
from torch.nn.utils import vector_to_parameters


class Hyper(nn.Module):
    def __init__(self):
        super().__init__()
        self.hyper = nn.Linear(2, 5)
        self.net = nn.Linear(4, 1)

    def forward(self, task, x):
        vector_to_parameters(self.hyper(task), self.net.parameters())  # CUT
        return self.net(x)


torch.manual_seed(2)
model = Hyper()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(5):
    task, x = torch.randn(2), torch.randn(6, 4)
    loss = (model(task, x) - task.sum() * x[:, :1]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
