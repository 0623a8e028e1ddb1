# expect: GA101 detach @lib_fresh_layers.py: stem.conv.weight stem.conv.bias
import torch
from lib_fresh_layers import ConvStem
from torch import nn


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = ConvStem(1, 4)
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(self.stem(x))


net = Classifier()
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
crit = nn.CrossEntropyLoss()
for _ in range(3):
    opt.zero_grad()
    crit(net(torch.randn(4, 1, 8, 8)), torch.randint(0, 2, (4,))).backward()
    opt.step()
