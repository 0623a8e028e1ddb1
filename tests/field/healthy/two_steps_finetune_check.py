"""A smoke test: two steps, one optimizer, then evaluation and a prediction; tied weights and LayerNorm."""
import torch
from torch import nn

torch.manual_seed(93)
emb = nn.Embedding(10, 6)
norm, out = nn.LayerNorm(6), nn.Linear(6, 10, bias=False)
out.weight = emb.weight
model = nn.Sequential(emb, norm, out)
opt = torch.optim.Adam(model.parameters())
for _ in range(2):
    t = torch.randint(0, 10, (4, 3))
    loss = nn.functional.cross_entropy(model(t).flatten(0, 1), t.flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
model.eval()
with torch.inference_mode():
    print(model(t).argmax(-1).shape, loss.item())
