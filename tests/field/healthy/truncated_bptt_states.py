"""A character LSTM with states carried over and detached, gradients clipped by value, loss normalised by tokens."""
import torch
from torch import nn

torch.manual_seed(116)
text = torch.randint(0, 8, (4, 61))
emb, rnn, out = nn.Embedding(8, 8), nn.LSTM(8, 12, 2, dropout=0.1, batch_first=True), nn.Linear(12, 8)
params = [p for m in (emb, rnn, out) for p in m.parameters()]
opt = torch.optim.RMSprop(params, lr=5e-3, centered=True)
for epoch in range(3):
    state = None
    for at in range(0, 60, 10):
        y, state = rnn(emb(text[:, at : at + 10]), state)
        loss = nn.functional.cross_entropy(out(y).flatten(0, 1), text[:, at + 1 : at + 11].flatten())
        for p in params:
            p.grad = None
        loss.backward()
        nn.utils.clip_grad_value_(params, 0.5)
        opt.step()
        state = tuple(s.detach() for s in state)
print(loss.item())
