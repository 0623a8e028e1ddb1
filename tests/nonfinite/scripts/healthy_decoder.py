"""A causal decoder with padding, masks of minus infinity, ignored labels and label smoothing.

Expect: nothing
"""

import torch
from torch import nn

torch.manual_seed(0)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(20, 16, padding_idx=0)
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.1, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.register_buffer("causal", torch.full((6, 6), float("-inf")).triu(1))
        self.out = nn.Linear(16, 20)

    def forward(self, tokens):
        padding = torch.zeros(tokens.shape).masked_fill(tokens == 0, float("-inf"))
        h = self.layers(self.embed(tokens), mask=self.causal, src_key_padding_mask=padding)
        return self.out(h)


model = Decoder()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for _ in range(5):
    tokens = torch.randint(1, 20, (4, 7))
    tokens[1, 4:] = 0
    logits = model(tokens[:, :-1])
    logits = logits.masked_fill(torch.arange(20) == 19, float("-inf"))
    labels = tokens[:, 1:].masked_fill((tokens[:, 1:] == 0) | (tokens[:, 1:] == 19), -100)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
