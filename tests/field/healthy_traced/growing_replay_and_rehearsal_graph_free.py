"""A list that grows every step with detached features and with tensors that only require grad as leaves; means of it are targets."""
import torch
from torch import nn

torch.manual_seed(87)
net = nn.Linear(4, 3)
prompts = []
opt = torch.optim.SGD(net.parameters(), lr=0.05)
store = []
for step in range(16):
    x = torch.randn(6, 4)
    if step % 4 == 0:
        prompts.append(nn.Parameter(torch.zeros(4)))
        opt.add_param_group({"params": [prompts[-1]]})
    out = net(x + torch.stack(list(prompts)).sum(0))
    loss = (out - x[:, :3]).pow(2).mean()
    if store:
        loss = loss + 0.01 * (out.mean(0) - torch.stack(store).mean(0)).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    store.append(out.detach().mean(0))
    print(f"{loss.item():.4f}", len(store))
