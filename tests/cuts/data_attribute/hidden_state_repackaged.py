"""`h = h.data` for the context vector of an encoder, in the training loop."""
# expect: GA101 data-attribute: encoder.weight_ih_l0 encoder.weight_hh_l0
import torch
from torch import nn

torch.manual_seed(4)
encoder = nn.GRU(2, 4, batch_first=True)
decoder = nn.Linear(4, 2)


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        return self.encoder(x)[1][0]


model = Both()
optimizer = torch.optim.Adam(model.parameters())
for step in range(5):
    x = torch.randn(5, 6, 2)
    context = model(x)
    context = context.data  # CUT
    loss = ((model.decoder(context) - x.mean(1)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
