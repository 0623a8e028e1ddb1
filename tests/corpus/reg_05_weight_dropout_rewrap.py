"""DropConnect on the recurrent weight: each forward wraps the dropped weight in a new Parameter, so the raw one starves.

Source: fastai/fastai2 PR#427; related fastai/fastai#2591, salesforce/awd-lstm-lm PR#5.
"""

import torch
import torch.nn.functional as F
from torch import nn


class WeightDropout(nn.Module):
    def __init__(self, rnn, names=("weight_hh_l0",), p=0.3):
        super().__init__()
        self.rnn = rnn
        self.names = names
        self.p = p
        for name in names:
            weight = getattr(rnn, name)
            del rnn._parameters[name]
            self.register_parameter(name + "_raw", nn.Parameter(weight.data))

    def _drop(self):
        for name in self.names:
            raw = getattr(self, name + "_raw")
            setattr(self.rnn, name, nn.Parameter(F.dropout(raw, p=self.p, training=self.training)))

    def forward(self, x, state=None):
        self._drop()
        return self.rnn(x, state)


class CharModel(nn.Module):
    def __init__(self, vocab=12, dim=8, hidden=16):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.core = WeightDropout(nn.LSTM(dim, hidden, batch_first=True))
        self.decode = nn.Linear(hidden, vocab)

    def forward(self, ids):
        h, _ = self.core(self.embed(ids))
        return self.decode(h)


def counting_batch(n=8, length=10, vocab=12):
    start = torch.randint(0, vocab, (n, 1))
    stride = torch.randint(1, 3, (n, 1))
    return (start + stride * torch.arange(length + 1)) % vocab


def main():
    torch.manual_seed(15)
    model = CharModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    model.train()
    for step in range(24):
        ids = counting_batch()
        logits = model(ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, 12), ids[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        if step % 8 == 0:
            print(f"step {step} ppl {loss.exp().item():.2f}")


if __name__ == "__main__":
    main()
