"""GRPO: groups of samples, advantages from rewards of sampled tokens, old log-probabilities detached of the same pass, KL to a frozen copy."""
import copy

import torch
from torch import nn

torch.manual_seed(83)
net = nn.Sequential(nn.Embedding(12, 8), nn.Linear(8, 12))
ref = copy.deepcopy(net).eval().requires_grad_(False)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
for step in range(10):
    prompt = torch.randint(0, 12, (4,)).repeat_interleave(6)
    with torch.no_grad():
        tokens = torch.multinomial(net(prompt).softmax(-1), 1)
    reward = (tokens.squeeze(1) > prompt).float()
    g = reward.view(4, 6)
    adv = ((g - g.mean(1, keepdim=True)) / (g.std(1, keepdim=True) + 1e-4)).view(-1)
    lp = net(prompt).log_softmax(-1).gather(1, tokens).squeeze(1)
    rp = ref(prompt).log_softmax(-1).gather(1, tokens).squeeze(1)
    ratio = torch.exp(lp - lp.detach())
    kl = torch.exp(rp - lp) - (rp - lp) - 1
    loss = -(ratio * adv - 0.04 * kl).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    print(f"{loss.item():.5f} {reward.mean().item():.3f}")
