"""A tagger whose parameter groups for the CRF and the output layer are made and never handed over.

Source: zjunlp/HVPNeT#5.
"""

import argparse

import torch
from torch import nn


class LinearChain(nn.Module):
    """A conditional random field over tag sequences of one length."""

    def __init__(self, tags):
        super().__init__()
        self.transitions = nn.Parameter(torch.empty(tags, tags).uniform_(-0.1, 0.1))

    def forward(self, scores, tags):
        batch = torch.arange(len(tags))
        path = scores[batch, 0, tags[:, 0]]
        total = scores[:, 0]
        for t in range(1, scores.shape[1]):
            path = (
                path + self.transitions[tags[:, t - 1], tags[:, t]] + scores[batch, t, tags[:, t]]
            )
            total = torch.logsumexp(total[:, :, None] + self.transitions, dim=1) + scores[:, t]
        return (total.logsumexp(dim=1) - path).mean()


class Tagger(nn.Module):
    def __init__(self, words=30, tags=4, width=16):
        super().__init__()
        self.encoder = nn.Sequential(nn.Embedding(words, width), nn.Linear(width, width), nn.Tanh())
        self.prompt = nn.Parameter(torch.zeros(width))
        self.fc = nn.Linear(width, tags)
        self.crf = LinearChain(tags)

    def forward(self, words, tags):
        return self.crf(self.fc(self.encoder(words) + self.prompt), tags)


class Trainer:
    def __init__(self, model, args):
        self.model = model
        self.args = args
        groups = []
        group = {"lr": args.lr, "weight_decay": 0.01, "params": []}
        for name, parameter in model.named_parameters():
            if "encoder" in name:
                group["params"].append(parameter)
        groups.append(group)
        group = {"lr": args.lr * 10, "weight_decay": 0.01, "params": [model.prompt]}
        groups.append(group)
        group = {"lr": 5e-2, "weight_decay": 0.0, "params": []}
        for name, parameter in model.named_parameters():
            if name.startswith("crf") or name.startswith("fc"):
                group["params"].append(parameter)
        self.optimizer = torch.optim.AdamW(groups)

    def train(self):
        self.model.train()
        for step in range(self.args.steps):
            words = torch.randint(0, 30, (8, 6))
            tags = words % 4
            loss = self.model(words, tags)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad()
            if step % 4 == 0:
                print(f"step {step} loss {loss.item():.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1234)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    Trainer(Tagger(), arguments).train()
