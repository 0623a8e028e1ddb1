"""A learnable power compresses a spectrogram whose silent frames are exactly zero.

Source: pytorch/pytorch#27134.
"""

import torch
from torch import nn


class PowerCompression(nn.Module):
    def __init__(self, bands):
        super().__init__()
        self.exponent = nn.Parameter(torch.full((bands,), 0.5))

    def forward(self, energy):
        return energy**self.exponent


class Recogniser(nn.Module):
    def __init__(self, bins=6, bands=4, words=3):
        super().__init__()
        self.filters = nn.Parameter(torch.rand(bins, bands))
        self.compress = PowerCompression(bands)
        self.classify = nn.Linear(bands, words)

    def forward(self, spectrogram):
        energy = spectrogram @ self.filters.abs()
        return self.classify(self.compress(energy).mean(dim=1))


def recordings(count):
    spectrogram = torch.rand(count, 12, 6)
    spectrogram[:, 9:] = 0.0
    words = torch.randint(0, 3, (count,))
    return spectrogram * (1 + words[:, None, None]), words


torch.manual_seed(55)
model = Recogniser()
optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3)
for epoch in range(4):
    spectrogram, words = recordings(10)
    loss = nn.functional.cross_entropy(model(spectrogram), words)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("epoch", epoch, "loss", loss.item())
