"""CLIP in small: two towers, a learnt logit scale that starts at its ceiling and is clamped after each step."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class TinyClip(nn.Module):
    def __init__(self):
        super().__init__()
        self.image = nn.Sequential(nn.Linear(12, 16), nn.GELU(), nn.Linear(16, 8, bias=False))
        self.text = nn.Sequential(nn.Linear(12, 16), nn.GELU(), nn.Linear(16, 8, bias=False))
        self.text.load_state_dict(self.image.state_dict())
        self.logit_scale = nn.Parameter(torch.tensor(math.log(100.0), dtype=torch.float32))

    def forward(self, image, text):
        i = F.normalize(self.image(image), dim=-1)
        t = F.normalize(self.text(text), dim=-1)
        return self.logit_scale.exp() * i @ t.T


torch.manual_seed(11)
images = torch.randn(6, 12)
texts = images + 0.01 * torch.randn(6, 12)
model = TinyClip()
opt = torch.optim.AdamW(model.parameters(), lr=1e-3)
for step in range(25):
    logits = model(images, texts)
    target = torch.arange(6)
    # pairs that are all right already: the scale wants to grow, the clamp holds it at ln(100)
    loss = (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        model.logit_scale.clamp_(0, math.log(100.0))
print(loss.item(), model.logit_scale.exp().item())
