"""A skip-gram with sparse embeddings and SparseAdam, negatives by multinomial."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(29)
inp, out = nn.Embedding(50, 8, sparse=True), nn.Embedding(50, 8, sparse=True)
bias = nn.Parameter(torch.zeros(1))
so = torch.optim.SparseAdam([*inp.parameters(), *out.parameters()], lr=1e-2)
do = torch.optim.SGD([bias], lr=0.1)
freq = torch.rand(50)
for step in range(12):
    c, o = torch.randint(0, 50, (16,)), torch.randint(0, 50, (16,))
    n = torch.multinomial(freq, 16 * 4, replacement=True).view(16, 4)
    v = inp(c)
    pos = F.logsigmoid((v * out(o)).sum(1) + bias)
    neg = F.logsigmoid(-(out(n) @ v.unsqueeze(2)).squeeze(2) - bias).sum(1)
    loss = -(pos + neg).mean()
    so.zero_grad()
    do.zero_grad()
    loss.backward()
    so.step()
    do.step()
    print(f"{loss.item():.4f}")
