"""Packed sequences: lengths sorted with argsort and tolist."""
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(10, 4, padding_idx=0)
        self.rnn = nn.LSTM(4, 5, batch_first=True, bidirectional=True)
        self.out = nn.Linear(10, 3)

    def forward(self, ids):
        lengths = (ids != 0).sum(1)
        order = lengths.argsort(descending=True)
        packed = pack_padded_sequence(self.emb(ids[order]), lengths[order].tolist(), batch_first=True)
        h, _ = pad_packed_sequence(self.rnn(packed)[0], batch_first=True, total_length=ids.shape[1])
        return self.out(h[order.argsort()])


torch.manual_seed(27)
net = Tagger()
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for _ in range(5):
    ids = torch.randint(1, 10, (4, 6))
    ids[1, 4:] = 0
    ids[3, 2:] = 0
    loss = nn.functional.cross_entropy(net(ids).flatten(0, 1), (ids % 3).flatten())
    opt.zero_grad()
    loss.backward()
    opt.step()
