"""Features of a trained encoder are computed once, before the loop."""

# expect: GA703 reused-graph
# exit: 1
# tensor: features
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 8), nn.GELU(), nn.Linear(8, 8))

    def forward(self, x):
        return self.net(x)


def main():
    torch.manual_seed(0)
    encoder, decoder = Encoder(), nn.Linear(8, 5)
    opt = torch.optim.AdamW([*encoder.parameters(), *decoder.parameters()])
    data = torch.randn(12, 5)
    features = encoder(data)  # HERE
    for _epoch in range(4):
        loss = nn.functional.mse_loss(decoder(features), data)
        opt.zero_grad()
        loss.backward()
        opt.step()


main()
