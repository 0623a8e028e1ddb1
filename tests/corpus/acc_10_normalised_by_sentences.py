"""Token normalisation is asked for, but the accumulation window divides by its number of sentences.

Source: OpenNMT/OpenNMT-py PR#526.
"""

import argparse

import torch
from torch import nn


def sentences(count, longest):
    lengths = torch.randint(2, longest + 1, (count,))
    tokens = torch.randint(1, 14, (count, longest))
    return tokens.masked_fill(torch.arange(longest) >= lengths[:, None], 0)


class Copier(nn.Module):
    def __init__(self, words=14, width=10):
        super().__init__()
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.encoder = nn.GRU(width, width, batch_first=True, bidirectional=True)
        self.generator = nn.Linear(2 * width, words)

    def forward(self, tokens):
        return self.generator(self.encoder(self.embedding(tokens))[0])


def train(opt):
    torch.manual_seed(opt.seed)
    model = Copier()
    criterion = nn.CrossEntropyLoss(ignore_index=0, reduction="sum")
    optim = torch.optim.Adagrad(model.parameters(), lr=0.05)
    for step in range(opt.train_steps):
        window = [sentences(opt.batch_size, 9) for _ in range(opt.accum_count)]
        normalization = 0
        for batch in window:
            if opt.normalization == "words":
                normalization += int((batch != 0).sum())
            else:
                normalization += batch.size(0)
        model.zero_grad()
        for batch in window:
            loss = criterion(model(batch).flatten(0, 1), batch.flatten())
            loss.div(normalization).backward()
        nn.utils.clip_grad_norm_(model.parameters(), opt.max_grad_norm)
        optim.step()
        print(f"step {step + 1}/{opt.train_steps} xent {loss.item() / normalization:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--normalization", choices=["sents", "tokens"], default="tokens")
    parser.add_argument("--accum_count", type=int, default=3)
    parser.add_argument("--batch_size", type=int, default=4)
    parser.add_argument("--train_steps", type=int, default=6)
    parser.add_argument("--max_grad_norm", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())
