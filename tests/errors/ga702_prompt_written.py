"""Prompt written."""

# expect: GA702 inplace-edit
# exit: 1
import torch
from torch import nn


class P(nn.Module):
    def __init__(self):
        super().__init__()
        self.prompts = nn.ParameterList([nn.Parameter(torch.zeros(2)) for _ in range(2)])

    def set(self, i, v):
        self.prompts[i][:] = v  # HERE


P().set(0, 1.0)
