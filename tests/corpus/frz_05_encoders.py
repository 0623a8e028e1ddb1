"""Encoders for `frz_05_frozen_encoder.py`: the `frozen` switch sets an attribute of a module, and freezes nothing."""

from torch import nn


class MLPEncoder(nn.Module):
    def __init__(self, in_features, hiddens, frozen=False):
        super().__init__()
        layers = []
        for size in hiddens:
            layers += [nn.Linear(in_features, size), nn.ReLU()]
            in_features = size
        self.net = nn.Sequential(*layers)
        self.out_features = in_features
        if frozen:
            self.net.requires_grad = False

    def forward(self, x):
        return self.net(x)
