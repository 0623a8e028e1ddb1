"""nn.MultiheadAttention with a sample that is padding from end to end.

Expect: GA202 nonfinite-op multi_head_attention
"""

import torch
from torch import nn

torch.manual_seed(0)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.out = nn.Linear(8, 3)

    def forward(self, tokens):
        h = self.embed(tokens)
        h, _ = self.attention(h, h, h, key_padding_mask=tokens == 0)  # BORN
        return self.out(h.mean(1))


model = Encoder()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(3):
    tokens = torch.randint(1, 10, (4, 5))
    tokens[3] = 0
    loss = nn.functional.cross_entropy(model(tokens), torch.randint(0, 3, (4,)))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
