"""Trains a small transformer to write text, one character after the other."""

# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false

import argparse
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

CONTEXT = 64
BATCH = 24
WIDTH = 64
HEADS = 4
DEPTH = 3

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--steps", type=int, default=240)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)  # so small a model is fastest on one

text = Path(__file__).with_name("text.txt").read_text(encoding="utf-8")
letters = sorted(set(text))
number = {letter: i for i, letter in enumerate(letters)}
data = torch.tensor([number[letter] for letter in text])


class Block(nn.Module):
    """Attention to the letters before, then a small network for each letter."""

    def __init__(self):
        super().__init__()
        self.norm1 = nn.LayerNorm(WIDTH)
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH)
        self.up = nn.Linear(WIDTH, 4 * WIDTH)
        self.down = nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x):
        batch, length, _ = x.shape
        heads = self.qkv(self.norm1(x)).view(batch, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, WIDTH))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """Letters in, scores for each next letter out."""

    def __init__(self):
        super().__init__()
        self.letter = nn.Embedding(len(letters), WIDTH)
        self.position = nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList([Block() for _ in range(DEPTH)])
        self.bridges = [nn.Linear(WIDTH, WIDTH) for _ in range(DEPTH)]
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, len(letters))

    def forward(self, ids):
        x = self.letter(ids) + self.position.weight.data[: ids.size(1)]
        for block, bridge in zip(self.blocks, self.bridges):
            x = block(x) + 0.1 * bridge(x)
        return self.head(self.norm(x))


def batch():
    """Random pieces of the text, and the same pieces one letter later."""
    starts = torch.randint(len(data) - CONTEXT - 1, (BATCH, 1))
    pieces = data[starts + torch.arange(CONTEXT + 1)]
    return pieces[:, :-1], pieces[:, 1:]


@torch.no_grad()
def write(model, start, length):
    """Let the model go on with a text."""
    ids = torch.tensor([[number[letter] for letter in start]])
    for _ in range(length):
        scores = model(ids[:, -CONTEXT:])[0, -1]
        ids = torch.cat([ids, torch.multinomial(scores.softmax(-1), 1)[None]], 1)
    return "".join(letters[i] for i in ids[0].tolist())


model = Transformer()

# The letters start as they are: the first experiments go without training them.
model.letter.requires_grad = False

trained = [model.letter, model.position, model.norm, *model.blocks[:-1]]
weights = [p for part in trained for p in part.parameters()]
optimizer = torch.optim.AdamW(weights, lr=2e-3)
head_optimizer = torch.optim.SGD(model.head.parameters(), lr=1e-2)

for step in range(args.steps):
    ids, following = batch()
    optimizer.zero_grad()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)

    scores = model(ids)
    loss = F.cross_entropy(scores.flatten(0, 1), following.flatten())
    loss.backward()
    optimizer.step()
    head_optimizer.step()

    if step % max(1, args.steps // 8) == 0 or step == args.steps - 1:
        print(f"step {step:4d}  loss {loss.item():.3f}", flush=True)

print()
print(write(model, "The ferry ", 120).replace("\n", " "))
