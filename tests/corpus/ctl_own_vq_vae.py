"""A VQ-VAE: nearest-code lookup by argmin, stop-gradients in both quantisation terms, straight-through output. Healthy."""

import torch
import torch.nn as nn
import torch.nn.functional as F


class VectorQuantizer(nn.Module):
    def __init__(self, n_codes, dim, beta=0.25):
        super().__init__()
        self.codebook = nn.Embedding(n_codes, dim)
        nn.init.uniform_(self.codebook.weight, -0.5, 0.5)
        self.beta = beta

    def forward(self, z):
        distance = torch.cdist(z.detach(), self.codebook.weight.detach())
        index = distance.argmin(dim=1)
        quantized = self.codebook(index)
        codebook_loss = F.mse_loss(quantized, z.detach())
        commitment = F.mse_loss(z, quantized.detach())
        quantized = z + (quantized - z).detach()
        return quantized, codebook_loss + self.beta * commitment, index


class VQVAE(nn.Module):
    def __init__(self, d=10, latent=4, n_codes=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(d, 24), nn.ReLU(), nn.Linear(24, latent))
        self.quantizer = VectorQuantizer(n_codes, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 24), nn.ReLU(), nn.Linear(24, d))

    def forward(self, x):
        quantized, vq_loss, index = self.quantizer(self.encoder(x))
        return self.decoder(quantized), vq_loss, index


def main():
    torch.manual_seed(707)
    model = VQVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    prototypes = torch.randn(5, 10)
    for step in range(36):
        x = prototypes[torch.randint(0, 5, (32,))] + 0.2 * torch.randn(32, 10)
        recon, vq_loss, index = model(x)
        recon_loss = F.mse_loss(recon, x)
        (recon_loss + vq_loss).backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 9 == 0:
            used = index.unique().numel()
            print(f"step {step} recon {recon_loss.item():.4f} vq {vq_loss.item():.4f} codes {used}")


if __name__ == "__main__":
    main()
