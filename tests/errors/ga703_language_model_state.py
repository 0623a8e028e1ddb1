"""Language model state."""

# expect: GA703 reused-graph
# exit: 1
import torch
from torch import nn


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(7, 4)
        self.rnn = nn.LSTM(4, 4, batch_first=True)
        self.head = nn.Linear(4, 7)
        self.hidden = None

    def reset(self):
        self.hidden = None

    def forward(self, ids):
        out, self.hidden = self.rnn(self.emb(ids), self.hidden)  # HERE
        return self.head(out)


class Trainer:
    def __init__(self):
        self.model = LM()
        self.opt = torch.optim.SGD(self.model.parameters(), lr=0.1)

    def fit(self):
        for _ in range(3):
            ids = torch.randint(0, 7, (2, 5))
            loss = nn.functional.cross_entropy(self.model(ids).flatten(0, 1), ids.flatten())
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()


Trainer().fit()
