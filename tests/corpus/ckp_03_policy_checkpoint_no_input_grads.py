"""Policy optimisation with adapters only, every block checkpointed (reentrant) and a frozen output layer: backward raises.

Source: huggingface/trl#3089 (same mechanism as CKP-01, in plain torch).
"""

import argparse

import torch
from torch import nn
from torch.utils import checkpoint as cp


class AdapterBlock(nn.Module):
    def __init__(self, width, rank):
        super().__init__()
        self.dense = nn.Linear(width, width)
        self.down = nn.Linear(width, rank, bias=False)
        self.up = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, h):
        return torch.tanh(self.dense(h) + self.up(self.down(h)))


class Policy(nn.Module):
    def __init__(self, vocab=16, width=12, rank=2, layers=2):
        super().__init__()
        self.wte = nn.Embedding(vocab, width)
        self.layers = nn.ModuleList([AdapterBlock(width, rank) for _ in range(layers)])
        self.lm_head = nn.Linear(width, vocab, bias=False)
        for name, p in self.named_parameters():
            p.requires_grad = ".down." in name or ".up." in name

    def forward(self, tokens, use_checkpoint=False):
        h = self.wte(tokens)
        for layer in self.layers:
            h = cp.checkpoint(layer, h, use_reentrant=True) if use_checkpoint else layer(h)
        return self.lm_head(h).log_softmax(-1)


def reward(completion):
    return (completion % 2 == 0).float().mean(dim=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--gradient-checkpointing", type=int, default=1)
    args = parser.parse_args()

    torch.manual_seed(3)
    policy = Policy()
    optimizer = torch.optim.AdamW((p for p in policy.parameters() if p.requires_grad), lr=1e-2)
    for step in range(10):
        prompt = torch.randint(0, 16, (args.group_size, 5))
        with torch.no_grad():
            completion = torch.distributions.Categorical(logits=policy(prompt)).sample()
        score = reward(completion)
        advantage = (score - score.mean()) / (score.std() + 1e-4)

        logp = policy(prompt, use_checkpoint=bool(args.gradient_checkpointing))
        taken = logp.gather(-1, completion.unsqueeze(-1)).squeeze(-1)
        ratio = torch.exp(taken - taken.detach())
        loss = -(ratio * advantage[:, None]).mean()

        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print({"step": step, "reward": score.mean().item(), "loss": loss.item()})


if __name__ == "__main__":
    main()
