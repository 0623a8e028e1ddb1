"""Split learning: the server's backward gives the cut layer's gradient, the client continues with out.backward(grad)."""
import torch
from torch import nn

torch.manual_seed(102)
client, server = nn.Sequential(nn.Linear(5, 10), nn.ReLU()), nn.Linear(10, 2)
oc, os_ = torch.optim.SGD(client.parameters(), 0.1), torch.optim.SGD(server.parameters(), 0.1)
for step in range(20):
    x = torch.randn(16, 5)
    smashed = client(x)
    cut = smashed.detach().requires_grad_(True)
    os_.zero_grad()
    loss = nn.functional.cross_entropy(server(cut), (x[:, 0] > 0).long())
    loss.backward()
    os_.step()
    oc.zero_grad()
    smashed.backward(cut.grad)
    oc.step()
print(loss.item())
