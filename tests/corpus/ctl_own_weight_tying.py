"""A language model whose output layer shares the weight of its embedding. Healthy."""

import torch
from torch import nn


class TiedLM(nn.Module):
    def __init__(self, vocab=18, dim=12):
        super().__init__()
        self.encoder = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.decoder = nn.Linear(dim, vocab)
        self.decoder.weight = self.encoder.weight
        nn.init.uniform_(self.encoder.weight, -0.3, 0.3)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, ids):
        h, _ = self.rnn(self.encoder(ids))
        return self.decoder(h)


def batches(n, vocab=18):
    for _ in range(n):
        start = torch.randint(0, vocab, (10, 1))
        yield (start + 5 * torch.arange(8)) % vocab


def train(model, optimizer, n=30):
    loss_fn = nn.CrossEntropyLoss()
    for i, ids in enumerate(batches(n)):
        model.zero_grad()
        logits = model(ids[:, :-1])
        loss = loss_fn(logits.reshape(-1, logits.size(-1)), ids[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        if i % 10 == 0:
            print("batch", i, "loss", loss.item())


if __name__ == "__main__":
    torch.manual_seed(303)
    model = TiedLM()
    train(model, torch.optim.Adam(model.parameters(), lr=1e-2))
