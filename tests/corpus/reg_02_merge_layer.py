"""A merge layer, used by `reg_02_merged_encoders.py`, that stores its branches in a list."""

import torch
from torch import nn


class MergeLayer(nn.Module):
    """Runs its layers on the same input and merges what they return."""

    def __init__(self, layers=None, mode="concat", dim=-1):
        super().__init__()
        self._mode = mode
        self._dim = dim
        self._layers = []
        for layer in layers or []:
            self._layers.append(layer)

    def forward(self, x):
        outputs = [layer(x) for layer in self._layers]
        if self._mode == "concat":
            return torch.cat(outputs, dim=self._dim)
        merged = torch.stack(outputs)
        return merged.mean(0) if self._mode == "mean" else merged.sum(0)
