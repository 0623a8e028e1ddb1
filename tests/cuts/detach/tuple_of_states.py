"""An LSTM's state detached at every step, the encoder's too."""
# expect: GA101 detach: encoder.weight_ih_l0 encoder.weight_hh_l0
import torch
from torch import nn


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 5, batch_first=True)
        self.decoder = nn.LSTM(3, 5, batch_first=True)
        self.out = nn.Linear(5, 3)

    def forward(self, src, tgt):
        _, state = self.encoder(src)
        state = tuple(s.detach() for s in state)  # CUT
        h, _ = self.decoder(tgt, state)
        return self.out(h)


torch.manual_seed(3)
model = Seq2Seq()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for _ in range(5):
    src = torch.randn(4, 6, 3)
    tgt = torch.randn(4, 6, 3)
    loss = (model(src, tgt) - src).pow(2).mean()
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
