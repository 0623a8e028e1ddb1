"""A spread term takes a standard deviation per speaker, also of one who has a single row.

Source: pytorch/pytorch#4320 (a comment there).
"""

import torch
import torch.nn.functional as F
from torch import nn


class SpeakerNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(7, 12)
        self.embedding = nn.Linear(12, 4)

    def forward(self, x):
        return self.embedding(torch.tanh(self.hidden(x)))


def spread(embeddings, speakers):
    terms = []
    for speaker in speakers.unique():
        rows = embeddings[speakers == speaker]
        deviation = rows.std(dim=0).mean()
        enough = torch.tensor(len(rows) > 1)
        terms.append(torch.where(enough, deviation, torch.zeros(())))
    return torch.stack(terms).mean()


def main():
    torch.manual_seed(9)
    model = SpeakerNet()
    classifier_weight = torch.randn(3, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    speakers = torch.tensor([0, 0, 0, 1, 1, 1, 1, 2])
    for iteration in range(4):
        x = torch.randn(8, 7) + speakers[:, None]
        embeddings = model(x)
        loss = F.cross_entropy(embeddings @ classifier_weight.T, speakers)
        loss = loss + 0.1 * spread(embeddings, speakers)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)
        print(f"iteration {iteration}: {loss.item():.4f}")


if __name__ == "__main__":
    main()
