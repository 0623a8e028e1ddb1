# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn


class Emb(nn.Module):
    def __init__(self, n, d):
        super().__init__()
        self.table = nn.Parameter(torch.empty(n, d))
        self.reset()

    def reset(self):
        for i in range(self.table.shape[0]):
            self.table[i] = torch.randn(self.table.shape[1])  # HERE


model = Emb(4, 2)
