"""LoRA on a frozen model with reentrant checkpointing: the embeddings do not require grad, so no block gets a gradient.

Source: microsoft/LoRA#120; the warning comes from torch/utils/checkpoint.py.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


class LoRALinear(nn.Module):
    def __init__(self, base, r=2, alpha=4):
        super().__init__()
        self.base = base
        self.base.requires_grad_(False)
        self.lora_A = nn.Parameter(torch.empty(r, base.in_features))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, r))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.scale = alpha / r

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.lora_A.t() @ self.lora_B.t())


class Block(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.norm.requires_grad_(False)
        self.fc = LoRALinear(nn.Linear(dim, dim))

    def forward(self, x):
        return x + F.gelu(self.fc(self.norm(x)))


class Model(nn.Module):
    def __init__(self, vocab=20, dim=12, depth=2, classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.embed.requires_grad_(False)
        self.blocks = nn.ModuleList(Block(dim) for _ in range(depth))
        self.score = nn.Linear(dim, classes)
        self.gradient_checkpointing = True

    def forward(self, ids):
        h = self.embed(ids)
        for block in self.blocks:
            if self.gradient_checkpointing and self.training:
                h = checkpoint(block, h, use_reentrant=True)
            else:
                h = block(h)
        return self.score(h.mean(1))


torch.manual_seed(40)
model = Model()
trainable = [p for p in model.parameters() if p.requires_grad]
print("trainable parameters:", sum(p.numel() for p in trainable))
optimizer = torch.optim.AdamW(trainable, lr=5e-3)
model.train()
for step in range(24):
    ids = torch.randint(0, 20, (16, 6))
    labels = ids.float().mean(1).div(7).long().clamp(max=2)
    loss = F.cross_entropy(model(ids), labels)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    if step % 8 == 0:
        print("step", step, "loss", round(loss.item(), 4))
