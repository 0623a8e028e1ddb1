"""Truncated backpropagation through time: the hidden state is carried over from chunk to chunk, detached. Healthy."""

import torch
from torch import nn


class Predictor(nn.Module):
    def __init__(self, hidden=14):
        super().__init__()
        self.rnn = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x, state):
        h, state = self.rnn(x, state)
        return self.out(h), state


def repackage(state):
    return tuple(s.detach() for s in state)


class BPTTTrainer:
    def __init__(self, model, chunk=8):
        self.model = model
        self.chunk = chunk
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=3e-3)
        self.loss_fn = nn.MSELoss()

    def run_sequence(self, series):
        state = None
        losses = []
        for start in range(0, series.size(1) - self.chunk - 1, self.chunk):
            x = series[:, start : start + self.chunk]
            y = series[:, start + 1 : start + self.chunk + 1]
            if state is not None:
                state = repackage(state)
            prediction, state = self.model(x, state)
            loss = self.loss_fn(prediction, y)
            self.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            losses.append(loss.item())
        return losses


if __name__ == "__main__":
    torch.manual_seed(1515)
    trainer = BPTTTrainer(Predictor())
    for epoch in range(5):
        phase = 2 * torch.pi * torch.rand(6, 1)
        series = torch.sin(phase + 0.4 * torch.arange(58)).unsqueeze(-1)
        losses = trainer.run_sequence(series)
        print(
            "epoch", epoch, "chunks", len(losses), "mean loss", round(sum(losses) / len(losses), 4)
        )
