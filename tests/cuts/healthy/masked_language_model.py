"""Masks by comparisons and torch.where on ids; only chosen positions are in the loss."""
import torch
from torch import nn

torch.manual_seed(39)
emb, enc, out = (
    nn.Embedding(12, 8),
    nn.TransformerEncoder(
        nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), 2, enable_nested_tensor=False
    ),
    nn.Linear(8, 12),
)
opt = torch.optim.AdamW([*emb.parameters(), *enc.parameters(), *out.parameters()], lr=1e-3)
for _ in range(5):
    ids = torch.randint(2, 12, (4, 8))
    chosen = torch.rand(ids.shape) < 0.3
    chosen[:, 0] = True
    given = torch.where(chosen, torch.ones_like(ids), ids)
    h = enc(emb(given), src_key_padding_mask=torch.zeros(4, 8, dtype=torch.bool))
    loss = nn.functional.cross_entropy(out(h[chosen]), ids[chosen])
    opt.zero_grad()
    loss.backward()
    opt.step()
