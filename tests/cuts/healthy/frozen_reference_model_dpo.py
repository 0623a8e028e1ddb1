"""DPO: log-probabilities of a frozen reference under no_grad, rewards detached for logging."""
import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(53)
policy = nn.Sequential(nn.Embedding(8, 6), nn.Linear(6, 8))
reference = copy.deepcopy(policy).eval().requires_grad_(False)
opt = torch.optim.AdamW(policy.parameters(), lr=1e-3)


def log_probs(model, ids):
    logp = model(ids[:, :-1]).log_softmax(-1)
    return logp.gather(-1, ids[:, 1:, None]).squeeze(-1).sum(-1)


for _ in range(6):
    good, bad = torch.randint(0, 8, (4, 6)), torch.randint(0, 8, (4, 6))
    with torch.no_grad():
        rg, rb = log_probs(reference, good), log_probs(reference, bad)
    pg, pb = log_probs(policy, good), log_probs(policy, bad)
    margin = 0.5 * ((pg - rg) - (pb - rb))
    loss = -F.logsigmoid(margin).mean()
    chosen_reward = (pg - rg).detach().mean()
    accuracy = (margin > 0).float().mean().item()
    opt.zero_grad()
    loss.backward()
    opt.step()
