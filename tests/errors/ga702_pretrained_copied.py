"""Pretrained copied."""

# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn


class M(nn.Module):
    def __init__(self, pretrained):
        super().__init__()
        self.emb = nn.Embedding(5, 3)
        self.emb.weight.copy_(pretrained)  # HERE

    def forward(self, i):
        return self.emb(i)


m = M(torch.randn(5, 3))
