"""Helper module of `in_a_helper_module`."""
import torch


class _StopNegative(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, mask):
        ctx.mask = mask
        return torch.where(mask, x, x * 0.1)

    @staticmethod
    def backward(ctx, g):  # CUT
        return None, None  # CUT


def stop_negative(x):
    return _StopNegative.apply(x, x > 0)  # CUT
