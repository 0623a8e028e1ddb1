"""torch.tensor constants equal to values that are logged (0.0, 1.0), labels equal to argmax of last step."""
import torch
from torch import nn

torch.manual_seed(13)
net = nn.Linear(2, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
labels = [0, 1, 0, 1]
for _ in range(6):
    x = torch.randn(4, 2)
    logits = net(x)
    loss = nn.functional.cross_entropy(logits, torch.tensor(labels))
    loss = loss + torch.relu(-logits.exp()).sum() + torch.tensor(0.0)
    opt.zero_grad()
    loss.backward()
    opt.step()
    share = torch.relu(-logits.detach().exp()).sum().item()
    labels = logits.argmax(1).tolist()
    scale = torch.tensor(share + 1.0) * torch.tensor([1.0, 1.0])
