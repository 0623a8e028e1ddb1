"""Helper module of `in_another_file`: what users call layers.py or utils.py."""
from torch import nn


def stop(x):
    shape = x.shape
    x = x.reshape(shape[0], -1)
    x = x.detach()  # CUT
    return x.reshape(shape)


class Frozen(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, *args):
        return stop(self.inner(*args))
