"""The hidden state of an LSTM is kept from batch to batch."""

# expect: GA703 reused-graph
# exit: 1
# tensor: hidden
import torch
from torch import nn

torch.manual_seed(0)
lstm, head = nn.LSTM(3, 5, batch_first=True), nn.Linear(5, 1)
opt = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=1e-2)
hidden = (torch.zeros(1, 4, 5), torch.zeros(1, 4, 5))
for batch in torch.randn(6, 4, 7, 3):
    out, hidden = lstm(batch, hidden)  # HERE
    loss = head(out).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
