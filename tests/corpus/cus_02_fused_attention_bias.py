"""Attention with a learned position bias through a fused kernel whose backward returns nothing for the bias.

The kernel is a stand-in written in torch. Source: Dao-AILab/flash-attention#1219, PR#617.
"""

import torch
from torch import nn


class FusedAttention(torch.autograd.Function):
    """softmax(q k^T * scale + bias) v, without keeping the probabilities."""

    @staticmethod
    def forward(ctx, q, k, v, bias):
        ctx.scale = q.size(-1) ** -0.5
        scores = q @ k.transpose(-1, -2) * ctx.scale + bias
        logsumexp = scores.logsumexp(-1, keepdim=True)
        out = torch.exp(scores - logsumexp) @ v
        ctx.save_for_backward(q, k, v, bias, logsumexp, out)
        return out

    @staticmethod
    def backward(ctx, dout):
        q, k, v, bias, logsumexp, out = ctx.saved_tensors
        p = torch.exp(q @ k.transpose(-1, -2) * ctx.scale + bias - logsumexp)
        dv = p.transpose(-1, -2) @ dout
        dp = dout @ v.transpose(-1, -2)
        ds = p * (dp - (dout * out).sum(-1, keepdim=True)) * ctx.scale
        return ds @ k, ds.transpose(-1, -2) @ q, dv, None


class RelativePositionBias(nn.Module):
    def __init__(self, heads, max_distance):
        super().__init__()
        self.max_distance = max_distance
        self.table = nn.Embedding(2 * max_distance + 1, heads)

    def forward(self, length):
        position = torch.arange(length)
        offset = (position[None] - position[:, None]).clamp(-self.max_distance, self.max_distance)
        return self.table(offset + self.max_distance).permute(2, 0, 1)


class Attention(nn.Module):
    def __init__(self, dim=8, heads=2):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.bias = RelativePositionBias(heads, 3)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        out = FusedAttention.apply(q, k, v, self.bias(n))
        return self.proj(out.transpose(1, 2).reshape(b, n, d))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.attn = Attention()
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 10)

    def forward(self, ids):
        x = self.embed(ids)
        x = self.norm(x + self.attn(x))
        return self.head(x)


torch.manual_seed(1219)
model = Encoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
criterion = nn.CrossEntropyLoss()
for step in range(25):
    ids = torch.randint(0, 10, (8, 7))
    target = ids.roll(1, dims=1)
    optimizer.zero_grad()
    loss = criterion(model(ids).transpose(1, 2), target)
    loss.backward()
    optimizer.step()
    if (step + 1) % 5 == 0:
        print(f"[{step + 1}] {loss.item():.4f}")
