"""Reentrant checkpointing with inputs that require grad, over a non-checkpointed embedding, dropout inside."""
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

torch.manual_seed(85)
emb = nn.Embedding(20, 8)
blocks = nn.ModuleList(nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 8)) for _ in range(3))
tail = nn.Sequential(*[nn.Sequential(nn.Linear(8, 8), nn.Tanh()) for _ in range(4)])
head = nn.Linear(8, 20)
params = [p for m in (emb, blocks, tail, head) for p in m.parameters()]
opt = torch.optim.AdamW(params, lr=2e-3)
for step in range(15):
    t = torch.randint(0, 20, (6, 5))
    x = emb(t)
    for block in blocks:
        x = x + checkpoint(block, x, use_reentrant=True)
    x = checkpoint_sequential(tail, 2, x, use_reentrant=step % 2 == 0)
    loss = nn.functional.cross_entropy(head(x).flatten(0, 1), t.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
print(loss.item())
