"""Helpers of a project."""

import torch
from torch import nn


def compress(x: torch.Tensor, exponent: float) -> torch.Tensor:
    return torch.pow(x, exponent)  # BORN


class Contrast(nn.Module):
    def __init__(self, exponent: float) -> None:
        super().__init__()
        self.exponent = exponent

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return compress(x.abs() * (x > 0), self.exponent)
