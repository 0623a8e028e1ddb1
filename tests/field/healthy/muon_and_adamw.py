"""Muon for the hidden matrices, AdamW for embeddings, norms and head; a small transformer encoder."""
import torch
from torch import nn

torch.manual_seed(106)


class Lm(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.pos = nn.Embedding(16, 16), nn.Parameter(torch.zeros(1, 6, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True, norm_first=True)
        self.enc = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(16, 16)

    def forward(self, t):
        m = nn.Transformer.generate_square_subsequent_mask(t.shape[1])
        return self.head(self.enc(self.emb(t) + self.pos[:, : t.shape[1]], mask=m, is_causal=True))


net = Lm()
hidden = [p for n, p in net.enc.named_parameters() if p.ndim == 2]
rest = [p for p in net.parameters() if not any(p is h for h in hidden)]
opts = [torch.optim.Muon(hidden, lr=2e-3), torch.optim.AdamW(rest, lr=2e-3)]
for step in range(12):
    t = torch.randint(0, 16, (8, 7))
    loss = nn.functional.cross_entropy(net(t[:, :-1]).flatten(0, 1), t[:, 1:].flatten())
    loss.backward()
    for o in opts:
        o.step()
        o.zero_grad()
print(loss.item())
