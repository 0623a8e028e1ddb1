"""loss = Variable(loss.data, requires_grad=True)."""
# expect: GA104 data-attribute|rewrapped-value: weight bias
import torch
from torch import nn
from torch.autograd import Variable

torch.manual_seed(10)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    loss = Variable(loss.data, requires_grad=True)  # CUT
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
