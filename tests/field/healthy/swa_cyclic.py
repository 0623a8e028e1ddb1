"""SWA with SWALR and update_bn, evaluated between, one-cycle before that."""
import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, update_bn

torch.manual_seed(88)
net = nn.Sequential(nn.Linear(4, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Linear(12, 2))
data = [(x, (x[:, 0] > 0).long()) for x in torch.randn(6, 16, 4)]
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
swa, sched = AveragedModel(net), torch.optim.lr_scheduler.OneCycleLR(opt, 0.1, total_steps=18)
swa_sched = SWALR(opt, swa_lr=0.02, anneal_epochs=2)
for epoch in range(6):
    net.train()
    for x, y in data:
        loss = nn.functional.cross_entropy(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if epoch < 3:
            sched.step()
    if epoch >= 3:
        swa.update_parameters(net)
        swa_sched.step()
    net.eval()
    with torch.no_grad():
        accuracy = sum((net(x).argmax(1) == y).float().mean().item() for x, y in data) / 6
update_bn((x for x, _ in data), swa)
print(accuracy, loss.item())
