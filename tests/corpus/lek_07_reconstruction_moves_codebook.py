"""A straight-through Function hands the reconstruction's gradient to the codebook as well.

Source: ritheshkumar95/pytorch-vqvae#7.
"""

import torch
import torch.nn.functional as F
from torch import nn


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, latents, codebook):
        indices = torch.cdist(latents, codebook).argmin(dim=1)
        ctx.save_for_backward(indices)
        ctx.codes = len(codebook)
        ctx.mark_non_differentiable(indices)
        return codebook[indices], indices

    @staticmethod
    def backward(ctx, grad_quantized, _):
        (indices,) = ctx.saved_tensors
        grad_codebook = grad_quantized.new_zeros(ctx.codes, grad_quantized.shape[1])
        grad_codebook.index_add_(0, indices, grad_quantized)
        return grad_quantized.clone(), grad_codebook


class Autoencoder(nn.Module):
    def __init__(self, inputs=8, width=2, codes=6):
        super().__init__()
        self.encode = nn.Linear(inputs, width)
        self.codebook = nn.Embedding(codes, width)
        self.decode = nn.Linear(width, inputs)

    def forward(self, x):
        latents = self.encode(x)
        quantized, indices = StraightThrough.apply(latents, self.codebook.weight)
        return self.decode(quantized), latents, self.codebook(indices)


def train(model, optimizer, batches, beta=1.0):
    for number, x in enumerate(batches):
        optimizer.zero_grad()
        rebuilt, latents, codes = model(x)
        loss_recons = F.mse_loss(rebuilt, x)
        loss_vq = F.mse_loss(codes, latents.detach())
        loss_commit = F.mse_loss(latents, codes.detach())
        loss = loss_recons + loss_vq + beta * loss_commit
        loss.backward()
        optimizer.step()
        if not number % 4:
            print("loss", [round(term.item(), 4) for term in (loss_recons, loss_vq, loss_commit)])


torch.manual_seed(31)
autoencoder = Autoencoder()
patterns = torch.randn(3, 8)
data = [patterns[torch.randint(0, 3, (24,))] + 0.05 * torch.randn(24, 8) for _ in range(16)]
train(autoencoder, torch.optim.Adam(autoencoder.parameters(), lr=2e-3), data)
