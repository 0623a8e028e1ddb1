"""Deep supervision whose second output never gets into the sum."""
# expect: GA101 unused-output: aux.weight aux.bias
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv1d(2, 4, 3, padding=1)
        self.aux = nn.Linear(4, 3)
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        h = F.relu(self.stem(x)).mean(-1)
        aux = self.aux(h)  # CUT
        return self.head(h), aux


def main():
    torch.manual_seed(3)
    net = Net()
    opt = torch.optim.AdamW(net.parameters(), lr=1e-3)
    for step in range(6):
        x, y = torch.randn(8, 2, 10), torch.randint(0, 3, (8,))
        logits, aux_logits = net(x)
        loss = F.cross_entropy(logits, y)
        opt.zero_grad()
        loss.backward()
        opt.step()


if __name__ == "__main__":
    main()
