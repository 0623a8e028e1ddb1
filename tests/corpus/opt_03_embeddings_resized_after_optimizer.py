"""The vocabulary grows after the optimizer was built, so a new embedding replaces the one it holds.

Source: huggingface/transformers PR#3519.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(7)


class WordModel(nn.Module):
    def __init__(self, vocabulary, width):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, vocabulary)

    def resize_token_embeddings(self, vocabulary):
        old = self.embed
        self.embed = nn.Embedding(vocabulary, old.embedding_dim)
        with torch.no_grad():
            self.embed.weight[: old.num_embeddings] = old.weight

    def forward(self, tokens):
        states, _ = self.rnn(self.embed(tokens))
        return self.head(states)


model = WordModel(vocabulary=20, width=12)
optimizer = torch.optim.Adam(
    [
        {"params": model.embed.parameters(), "lr": 5e-3},
        {"params": [*model.rnn.parameters(), *model.head.parameters()], "lr": 1e-3},
    ]
)

special_tokens = ["<user>", "<bot>"]
model.resize_token_embeddings(20 + len(special_tokens))

for step in range(15):
    text = torch.randint(0, 20, (4, 9))
    text[:, 0] = 20 + step % 2
    logits = model(text[:, :-1])
    loss = F.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 5 == 0:
        print(step, round(loss.item(), 3))
