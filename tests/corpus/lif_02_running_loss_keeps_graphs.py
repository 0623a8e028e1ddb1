"""The mean loss of an epoch is summed up from loss tensors, so the graph of every step stays alive.

Sources: BatsResearch/labelmodels#4; google/brax PR#152; horovod PR#641.
"""

import torch
from torch import nn


class LabelModel(nn.Module):
    """Votes of noisy labelling functions, with one accuracy each."""

    def __init__(self, functions, classes=2):
        super().__init__()
        self.accuracy = nn.Parameter(torch.full((functions,), 0.5))
        self.balance = nn.Parameter(torch.zeros(classes))

    def forward(self, votes):
        right = nn.functional.logsigmoid(self.accuracy)
        wrong = nn.functional.logsigmoid(-self.accuracy)
        scores = []
        for label in range(len(self.balance)):
            scores.append(torch.where(votes == label, right, wrong).sum(dim=1))
        joint = torch.stack(scores, dim=1) + self.balance.log_softmax(dim=0)
        return -joint.logsumexp(dim=1).mean()


def train(model, batches, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    model.train()
    for epoch in range(epochs):
        running_loss = 0.0
        for votes in batches:
            optimizer.zero_grad()
            loss = model(votes)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            running_loss += loss
        epoch_loss = running_loss / len(batches)
        print(f"Train Loss: {epoch_loss.item():.6f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    truth = torch.randint(0, 2, (300, 1))
    flipped = torch.rand(300, 5) < torch.tensor([0.1, 0.2, 0.3, 0.35, 0.4])
    train(LabelModel(functions=5), torch.where(flipped, 1 - truth, truth).split(10), epochs=2)
