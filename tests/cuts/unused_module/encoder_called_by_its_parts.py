"""The decoder of an autoencoder is built, trained 'too', and never called: the loss is on the code."""
# expect: GA101 unused-module: decoder.0.weight decoder.2.bias
import torch
from torch import nn

torch.manual_seed(2)


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 3))
        self.decoder = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 10))

    def encode(self, x):
        return self.encoder(x)

    def forward(self, x):
        return self.decoder(self.encode(x))


model = AutoEncoder()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-2)
data = torch.randn(40, 10)
for epoch in range(2):
    for x in data.split(10):
        code = model.encode(x)
        loss = (code - x[:, :3]).abs().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
