"""One sample is padding from end to end; its output is left out of the loss, its NaN is not.

Source: pytorch/pytorch#41508.
"""

import torch
import torch.nn as nn


class SetEncoder(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.embed = nn.Linear(3, width)
        self.attn = nn.MultiheadAttention(width, num_heads=2, batch_first=True)
        self.head = nn.Linear(width, 1)

    def forward(self, items, padding):
        hidden = self.embed(items)
        mixed, _ = self.attn(hidden, hidden, hidden, key_padding_mask=padding)
        return self.head(mixed[:, 0]).squeeze(-1)


def batch():
    lengths = torch.tensor([5, 3, 0, 4])
    padding = torch.arange(5) >= lengths[:, None]
    items = torch.randn(4, 5, 3).masked_fill(padding[..., None], 0.0)
    return items, padding, items[:, :, 0].sum(dim=1), lengths > 0


torch.manual_seed(14)
model = SetEncoder()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
model.train()
for step in range(3):
    items, padding, sums, valid = batch()
    predicted = model(items, padding)
    loss = nn.functional.mse_loss(predicted[valid], sums[valid])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(f"step {step}, loss {loss.item():.4f}")
