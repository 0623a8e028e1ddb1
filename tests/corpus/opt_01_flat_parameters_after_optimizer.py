"""The optimizer is built first, and a helper then packs all weights into one flat parameter.

Sources: huggingface/accelerate#2665, #3256 and #3209.
"""

import torch
import torch.nn.functional as F
from torch import nn


class FlatParameters(nn.Module):
    """Holds the weights of a module in one tensor, as sharded training does."""

    def __init__(self, module):
        super().__init__()
        self.places = []
        pieces = []
        for owner in module.modules():
            for name, parameter in list(owner.named_parameters(recurse=False)):
                self.places.append((owner, name, parameter.shape))
                pieces.append(parameter.detach().flatten())
                delattr(owner, name)
        self.module = module
        self.flat_param = nn.Parameter(torch.cat(pieces))

    def forward(self, x):
        sizes = [shape.numel() for _, _, shape in self.places]
        for (owner, name, shape), piece in zip(self.places, self.flat_param.split(sizes)):
            setattr(owner, name, piece.view(shape))
        return self.module(x)


def prepare(model, optimizer):
    return FlatParameters(model), optimizer


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(10, 16), nn.GELU(), nn.Linear(16, 3))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model, optimizer = prepare(model, optimizer)

    inputs = torch.randn(48, 10)
    labels = inputs[:, :3].argmax(dim=1)
    for epoch in range(4):
        for start in range(0, 48, 16):
            loss = F.cross_entropy(model(inputs[start : start + 16]), labels[start : start + 16])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        print(f"epoch {epoch}: loss {F.cross_entropy(model(inputs), labels).item():.4f}")


if __name__ == "__main__":
    main()
