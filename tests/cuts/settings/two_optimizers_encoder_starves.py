"""Encoder and decoder have an optimizer each; the encoder's gets nothing."""
# expect: GA101|GA302 detach: encoder.weight encoder.bias
# allow: GA302 GA101
import torch
from torch import nn

torch.manual_seed(4)
encoder, decoder = nn.Linear(4, 3), nn.Linear(3, 4)
opt_e = torch.optim.SGD(encoder.parameters(), lr=0.1)
opt_d = torch.optim.SGD(decoder.parameters(), lr=0.1)
for _ in range(6):
    x = torch.randn(8, 4)
    recon = decoder(encoder(x).detach())  # CUT
    loss = (recon - x).square().mean()
    opt_e.zero_grad()
    opt_d.zero_grad()
    loss.backward()
    opt_e.step()
    opt_d.step()
