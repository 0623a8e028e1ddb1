"""Contrastive sentence embeddings read the first token's state, so the encoder's own pooler is computed and never used.

Source: princeton-nlp/SimCSE PR#78 (same mechanism as UNU-04).
"""

import torch
import torch.nn.functional as F
from torch import nn


class Pooler(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dense = nn.Linear(dim, dim)

    def forward(self, hidden):
        return torch.tanh(self.dense(hidden[:, 0]))


class MiniBert(nn.Module):
    def __init__(self, vocab=40, dim=16, length=8):
        super().__init__()
        self.tokens = nn.Embedding(vocab, dim)
        self.positions = nn.Parameter(0.02 * torch.randn(length, dim))
        self.layer = nn.TransformerEncoderLayer(
            dim, nhead=2, dim_feedforward=32, dropout=0.1, batch_first=True
        )
        self.pooler = Pooler(dim)

    def forward(self, ids):
        hidden = self.layer(self.tokens(ids) + self.positions[: ids.size(1)])
        return hidden, self.pooler(hidden)


class SentenceEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.bert = MiniBert()
        self.mlp = nn.Linear(16, 16)

    def forward(self, ids):
        hidden, _ = self.bert(ids)
        return torch.tanh(self.mlp(hidden[:, 0]))


def contrastive_loss(encoder, ids, temperature=0.1):
    first, second = encoder(ids), encoder(ids)
    similarity = F.cosine_similarity(first.unsqueeze(1), second.unsqueeze(0), dim=-1)
    return F.cross_entropy(similarity / temperature, torch.arange(ids.size(0)))


torch.manual_seed(12)
encoder = SentenceEncoder()
decay, no_decay = [], []
for name, p in encoder.named_parameters():
    (no_decay if name.endswith("bias") or "norm" in name else decay).append(p)
optimizer = torch.optim.AdamW(
    [{"params": decay, "weight_decay": 0.01}, {"params": no_decay, "weight_decay": 0.0}], lr=1e-3
)

encoder.train()
for step in range(1, 25):
    ids = torch.randint(0, 40, (12, 8))
    loss = contrastive_loss(encoder, ids)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    if step % 8 == 0:
        print(f"step={step} loss={loss.item():.4f}")
