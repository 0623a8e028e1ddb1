"""A log-semiring recursion starts from -inf, its neutral element, and takes logsumexp of that.

Sources: pytorch/pytorch#31829 and #49724.
"""

import argparse

import torch
from torch import nn


class Aligner(nn.Module):
    """Monotonic alignment: a state is entered from itself or from the one before it."""

    def __init__(self, inputs, states):
        super().__init__()
        self.emit = nn.Linear(inputs, states)
        self.move = nn.Parameter(torch.zeros(states))

    def forward(self, frames):
        emissions = self.emit(frames).log_softmax(dim=-1)
        states = emissions.shape[-1]
        outside = torch.full((states,), float("-inf"))
        alpha = outside.clone()
        alpha[0] = emissions[0, 0]
        for emission in emissions[1:]:
            shifted = torch.cat([outside[:1], alpha[:-1]])
            stay_or_move = torch.stack([alpha, shifted + nn.functional.logsigmoid(self.move)])
            alpha = torch.logsumexp(stay_or_move, dim=0) + emission
        return -alpha[-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--iterations", type=int, default=4)
    options = parser.parse_args()
    torch.manual_seed(0)
    model = Aligner(inputs=5, states=4)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    utterance = torch.randn(9, 5)
    for n in range(options.iterations):
        loss = model(utterance) / len(utterance)
        model.zero_grad()
        loss.backward()
        optimizer.step()
        print("iteration", n, "negative log-likelihood", loss.item())


if __name__ == "__main__":
    main()
