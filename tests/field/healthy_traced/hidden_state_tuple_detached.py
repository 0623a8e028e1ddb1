"""A character LSTM over one long text: the state is a tuple, detached by a helper between windows."""
import torch
from torch import nn


def repackage(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage(v) for v in h)


torch.manual_seed(1)
text = torch.randint(0, 11, (4, 200))
emb = nn.Embedding(11, 6)
rnn = nn.LSTM(6, 12, 2, batch_first=True)
out = nn.Linear(12, 11)
params = [*emb.parameters(), *rnn.parameters(), *out.parameters()]
opt = torch.optim.Adam(params, lr=1e-2)
state = None
for i in range(0, 180, 12):
    x, y = text[:, i : i + 12], text[:, i + 1 : i + 13]
    if state is not None:
        state = repackage(state)
    h, state = rnn(emb(x), state)
    loss = nn.functional.cross_entropy(out(h).reshape(-1, 11), y.reshape(-1))
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(params, 1.0)
    opt.step()
    print(f"{loss.item():.4f}")
