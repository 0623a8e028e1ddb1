"""detach().numpy(), numpy maths, from_numpy."""
# expect: GA101 rewrapped-value|detach: enc.weight enc.bias
import numpy as np
import torch
from torch import nn


class Fourier(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(4, 8)
        self.out = nn.Linear(5, 2)

    def forward(self, x):
        h = self.enc(x)
        spectrum = np.abs(np.fft.rfft(h.detach().numpy(), axis=1))  # CUT
        return self.out(torch.from_numpy(spectrum.astype(np.float32)))  # CUT


torch.manual_seed(3)
model = Fourier()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    x, y = torch.randn(8, 4), torch.randint(0, 2, (8,))
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
