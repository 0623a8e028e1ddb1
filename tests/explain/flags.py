"""requires_grad is off: created so, frozen, cut off, or of a type that cannot have it."""

import torch
from torch import nn

torch.manual_seed(0)
plain = torch.randn(3)  # AT plain
ones, counts = torch.ones(3), torch.arange(3)  # AT ones
result = plain * 2 + 1
both = plain + ones  # AT both
learned = torch.ones(3, requires_grad=True)
(learned * plain).sum().backward()
print(plain.grad)  # WHY plain requires-grad-off requires-grad-off plain
print(result.grad)  # WHY result requires-grad-off requires-grad-off plain
print(both.grad)  # WHY both requires-grad-off requires-grad-off both
print(counts.grad)  # WHY counts requires-grad-off -

layer = nn.Linear(3, 3)
layer.requires_grad_(False)  # AT frozen
print(layer.weight.grad)  # WHY layer.weight requires-grad-off requires-grad-off frozen
other = nn.Linear(3, 3)
for parameter in other.parameters():
    parameter.requires_grad = False  # AT loop
print(other.bias.grad)  # WHY other.bias requires-grad-off requires-grad-off loop
for parameter in other.parameters():
    parameter.requires_grad_()
other(plain).sum().backward()
print(other.bias.grad)

copied = (learned * 2).detach()  # AT detach
print(copied.grad)  # WHY copied requires-grad-off detach detach
stored = (learned * 2).data  # AT data
print(stored.grad)  # WHY stored requires-grad-off data-attribute data
with torch.no_grad():  # AT no_grad
    inside = layer(learned * 2) + 1
print(inside.grad)  # WHY inside requires-grad-off no-grad-region no_grad


@torch.no_grad()  # AT decorated
def embed(value):
    return value * 3


embedded = embed(other(learned))
print(embedded.grad)  # WHY embedded requires-grad-off no-grad-region decorated
chosen = (other(learned) > 0).float()  # AT compared
print(chosen.grad)  # WHY chosen requires-grad-off non-differentiable-op compared
