"""The learnable temperature of a contrastive loss is in no optimizer."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(8)
image, text = nn.Linear(10, 6), nn.Linear(8, 6)
logit_scale = nn.Parameter(torch.tensor(2.6))
opt = torch.optim.AdamW([*image.parameters(), *text.parameters()], lr=1e-3)
for _ in range(30):
    a, b = F.normalize(image(torch.randn(9, 10))), F.normalize(text(torch.randn(9, 8)))
    logits = logit_scale.exp() * a @ b.t()
    loss = F.cross_entropy(logits, torch.arange(9))
    opt.zero_grad()
    loss.backward()
    opt.step()
