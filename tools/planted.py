"""A small transformer is trained, with four mistakes planted or without; the pictures show it.

python tools/planted.py FOLDER [--mended]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy, relu

import gradaudit

WIDTH, DEPTH, LETTERS, STEPS = 32, 6, 40, 420
DEAD_FROM, KEPT_FROM, KEPT_TO, EMPTY_AT = 110, 190, 240, 400


class Block(nn.Module):
    """Attention with a mask, then a small network."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """x: [batch, time, WIDTH]; mask: [batch, time, time], 1 where one may look."""
        inner = self.norm1(x)
        scores = self.query(inner) @ self.key(inner).transpose(1, 2) / WIDTH**0.5
        weights = scores.sigmoid() * mask
        weights = weights / weights.sum(-1, keepdim=True)
        x = x + self.out(weights @ self.value(inner))
        return x + self.down(relu(self.up(self.norm2(x))))


class Model(nn.Module):
    """Letters in, scores for the next letter out; and a head for a second task."""

    def __init__(self) -> None:
        super().__init__()
        self.letters = nn.Embedding(LETTERS, WIDTH)
        self.blocks = nn.ModuleList([Block() for _ in range(DEPTH)])
        self.head = nn.Linear(WIDTH, LETTERS)
        self.sentiment = nn.Linear(WIDTH, 2)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """x: letters [batch, time]; scores [batch, time, LETTERS] and [batch, 2]."""
        x = self.letters(x)
        for place, block in enumerate(self.blocks):
            x = block(x, mask if place == 4 else torch.ones_like(mask))
        return self.head(x), self.sentiment(x.mean(1))


def train(folder: Path, *, mended: bool) -> gradaudit.Report:
    """One run, logged into the folder."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    with gradaudit.watch(model, optimizer, log_dir=folder, on_finding="silent") as audit:
        for step in range(STEPS):
            x = torch.randint(LETTERS, (8, 16))
            mask = torch.ones(8, 16, 16)
            if step == EMPTY_AT and not mended:
                mask[3, 5] = 0  # a row that may look at nothing: 0 / 0
            if step == DEAD_FROM and not mended:
                with torch.no_grad():
                    model.blocks[1].up.bias.fill_(-40)  # no unit of this layer fires any more
            scores, sentiment = model(x[:, :-1], mask[:, :-1, :-1])
            loss = cross_entropy(scores.flatten(0, 1), x[:, 1:].flatten())
            if mended:
                loss = loss + 0.1 * cross_entropy(sentiment, x[:, 0] % 2)
            if mended or not KEPT_FROM <= step < KEPT_TO:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return audit.report()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mended", action="store_true")
    arguments = parser.parse_args()
    print(train(arguments.folder, mended=arguments.mended))
