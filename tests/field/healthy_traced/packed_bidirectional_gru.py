"""A bidirectional GRU over packed sequences, last hidden states, lengths from numpy."""
import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(30)
np.random.seed(30)
emb = nn.Embedding(15, 6, padding_idx=0)
rnn = nn.GRU(6, 8, bidirectional=True, batch_first=True)
att, head = nn.Linear(16, 1), nn.Linear(32, 2)
params = [*emb.parameters(), *rnn.parameters(), *att.parameters(), *head.parameters()]
opt = torch.optim.Adam(params, lr=1e-2)
for step in range(8):
    seqs = [torch.from_numpy(np.random.randint(1, 15, np.random.randint(2, 9))) for _ in range(6)]
    lens = torch.tensor([len(s) for s in seqs])
    x = pad_sequence(seqs, batch_first=True)
    packed = pack_padded_sequence(emb(x), lens, batch_first=True, enforce_sorted=False)
    o, h = rnn(packed)
    o, _ = pad_packed_sequence(o, batch_first=True)
    score = att(o).squeeze(-1).masked_fill(torch.arange(o.shape[1])[None] >= lens[:, None], -torch.inf)
    ctx = (score.softmax(1).unsqueeze(-1) * o).sum(1)
    y = (lens > 5).long()
    loss = nn.functional.cross_entropy(head(torch.cat([ctx, h[0], h[1]], 1)), y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.4f}")
