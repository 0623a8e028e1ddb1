"""Frozen embeddings are padded to a round size and registered again, which makes them trainable once more.

Source: pytorch/torchtitan#3885.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Tagger(nn.Module):
    def __init__(self, vocab, dim, tags):
        super().__init__()
        self.words = nn.Embedding(vocab, dim)
        self.suffixes = nn.Embedding(11, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, tags)

    def forward(self, words, suffixes):
        h, _ = self.rnn(self.words(words) + self.suffixes(suffixes))
        return self.out(h)


def freeze(module):
    for p in module.parameters():
        p.requires_grad_(False)


def pad_rows(module, multiple=8):
    """Pads the weight of every embedding to a multiple of `multiple` rows."""
    for sub in module.modules():
        if isinstance(sub, nn.Embedding):
            weight = sub.weight
            missing = -weight.size(0) % multiple
            padded = torch.cat([weight.detach(), weight.new_zeros(missing, weight.size(1))])
            sub.register_parameter("weight", nn.Parameter(padded))


def build():
    torch.manual_seed(9)
    model = Tagger(vocab=30, dim=8, tags=4)
    freeze(model.words)
    freeze(model.suffixes)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=5e-3)
    pad_rows(model)
    return model, optimizer


def main():
    model, optimizer = build()
    for step in range(18):
        words = torch.randint(0, 30, (6, 5))
        suffixes = words % 11
        tags = (words + suffixes) % 4
        loss = F.cross_entropy(model(words, suffixes).flatten(0, 1), tags.flatten())
        model.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 6 == 5:
            print(f"{step + 1}: {loss.item():.4f}")


if __name__ == "__main__":
    main()
