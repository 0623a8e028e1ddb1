"""A vector-quantised autoencoder whose codebook and commitment terms have exchanged their detaches.

Sources: MishaLaskin/vqvae PR#20; karpathy/deep-vector-quantization#2.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


class VectorQuantizer(nn.Module):
    def __init__(self, codes, width, beta=0.25):
        super().__init__()
        self.beta = beta
        self.embedding = nn.Embedding(codes, width)
        nn.init.uniform_(self.embedding.weight, -0.5, 0.5)

    def forward(self, z):
        nearest = torch.cdist(z.detach(), self.embedding.weight.detach()).argmin(dim=1)
        z_q = self.embedding(nearest)
        loss = F.mse_loss(z_q.detach(), z) + self.beta * F.mse_loss(z_q, z.detach())
        z_q = z + (z_q - z).detach()
        return z_q, loss, nearest


class VQVAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(6, 16), nn.ELU(), nn.Linear(16, 3))
        self.quantizer = VectorQuantizer(codes=8, width=3)
        self.decoder = nn.Sequential(nn.Linear(3, 16), nn.ELU(), nn.Linear(16, 6))

    def forward(self, x):
        z_q, embedding_loss, used = self.quantizer(self.encoder(x))
        return self.decoder(z_q), embedding_loss, used


def main(updates=20):
    torch.manual_seed(6)
    model = VQVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, amsgrad=True)
    centres = torch.randn(4, 6)
    for i in range(updates):
        x = centres[torch.randint(0, 4, (32,))] + 0.1 * torch.randn(32, 6)
        optimizer.zero_grad()
        x_hat, embedding_loss, used = model(x)
        loss = F.mse_loss(x_hat, x) / x.var() + embedding_loss
        loss.backward()
        optimizer.step()
        if i % 5 == 0:
            print(f"update {i} loss {loss.item():.4f} codes in use {len(used.unique())}")


if __name__ == "__main__":
    main()
