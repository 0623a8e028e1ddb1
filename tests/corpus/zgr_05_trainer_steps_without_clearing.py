"""A trainer class with two optimizers steps both of them and clears neither.

Source: meta-pytorch/torchforge PR#71.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class Config:
    vocabulary: int = 24
    width: int = 16
    steps: int = 8
    max_norm: float = 1.0


class TinyTransformer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.tok = nn.Embedding(config.vocabulary, config.width)
        self.layer = nn.TransformerEncoderLayer(
            config.width,
            nhead=2,
            dim_feedforward=32,
            dropout=0.0,
            batch_first=True,
            norm_first=True,
        )
        self.out = nn.Linear(config.width, config.vocabulary)

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.out(self.layer(self.tok(tokens), src_mask=mask, is_causal=True))


class Trainer:
    def __init__(self, config):
        self.config = config
        self.model = TinyTransformer(config)
        matrices = [p for p in self.model.parameters() if p.ndim >= 2]
        vectors = [p for p in self.model.parameters() if p.ndim < 2]
        self.optimizers = [
            torch.optim.AdamW(matrices, lr=1e-3, weight_decay=0.1),
            torch.optim.AdamW(vectors, lr=1e-3, weight_decay=0.0),
        ]
        self.current_step = 0

    def forward_backward(self, tokens):
        logits = self.model(tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        return loss.detach()

    def train_step(self, tokens):
        loss = self.forward_backward(tokens)
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.max_norm)
        for optimizer in self.optimizers:
            optimizer.step()
        self.current_step += 1
        return loss

    def fit(self):
        for _ in range(self.config.steps):
            start = torch.randint(0, self.config.vocabulary, (4, 1))
            tokens = (start + torch.arange(7)) % self.config.vocabulary
            loss = self.train_step(tokens)
            print(f"step {self.current_step}: {loss.item():.4f}")


if __name__ == "__main__":
    torch.manual_seed(2024)
    Trainer(Config()).fit()
