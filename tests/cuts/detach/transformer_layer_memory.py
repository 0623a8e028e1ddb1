"""Encoder output detached before cross attention of a TransformerDecoderLayer."""
# expect: GA101 detach: encoder.self_attn.in_proj_weight encoder.linear1.weight
import torch
from torch import nn


class Translate(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.decoder = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
        self.head = nn.Linear(8, 8)

    def forward(self, src, tgt):
        memory = self.encoder(src).detach()  # CUT
        return self.head(self.decoder(tgt, memory))


torch.manual_seed(8)
model = Translate()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for _ in range(4):
    src, tgt = torch.randn(2, 5, 8), torch.randn(2, 5, 8)
    loss = (model(src, tgt) - src).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
