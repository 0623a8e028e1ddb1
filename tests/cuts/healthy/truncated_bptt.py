"""Language model whose LSTM state is detached between segments."""
import torch
from torch import nn


def repackage(h):
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage(v) for v in h)


class Rnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.rnn, self.out = nn.Embedding(8, 4), nn.LSTM(4, 6), nn.Linear(6, 8)

    def forward(self, ids, state):
        h, state = self.rnn(self.emb(ids), state)
        return self.out(h), state


torch.manual_seed(30)
net = Rnn()
opt = torch.optim.SGD(net.parameters(), lr=0.5)
data = torch.randint(0, 8, (40, 3))
state = (torch.zeros(1, 3, 6), torch.zeros(1, 3, 6))
for i in range(0, 35, 5):
    state = repackage(state)
    logits, state = net(data[i : i + 5], state)
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), data[i + 1 : i + 6].flatten())
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 0.25)
    opt.step()
