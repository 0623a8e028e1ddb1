"""Skill pre-training in which the observations are encoded under `no_grad` although the encoder has its own optimizer.

Source: rll-research/cic#5.
"""

import torch
import torch.nn as nn
import torch.nn.functional as F


def conv_encoder():
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 1 * 1, 8),
    )


class SkillModel(nn.Module):
    def __init__(self, feat_dim=8, skill_dim=4):
        super().__init__()
        self.state_net = nn.Linear(feat_dim, 8)
        self.pred_net = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 8))
        self.skill_net = nn.Linear(skill_dim, 8)

    def forward(self, feat, next_feat, skill):
        pair = torch.cat([self.state_net(feat), self.state_net(next_feat)], dim=1)
        return self.pred_net(pair), self.skill_net(skill)


def contrastive(key, query, temperature=0.5):
    key, query = F.normalize(key, dim=1), F.normalize(query, dim=1)
    logits = query @ key.t() / temperature
    return F.cross_entropy(logits, torch.arange(len(logits)))


def sample_replay(n=16):
    skill = F.one_hot(torch.randint(0, 4, (n,)), 4).float()
    obs = torch.rand(n, 1, 8, 8)
    next_obs = obs + 0.2 * skill.mean(1).view(-1, 1, 1, 1) + 0.05 * torch.randn_like(obs)
    return obs, next_obs, skill


def pretrain():
    torch.manual_seed(1)
    encoder = conv_encoder()
    skill_model = SkillModel()
    encoder_opt = torch.optim.Adam(encoder.parameters(), lr=1e-3)
    skill_opt = torch.optim.Adam(skill_model.parameters(), lr=1e-3)

    for step in range(24):
        obs, next_obs, skill = sample_replay()
        with torch.no_grad():
            feat = encoder(obs)
            next_feat = encoder(next_obs)

        key, query = skill_model(feat, next_feat, skill)
        loss = contrastive(key, query)

        encoder_opt.zero_grad(set_to_none=True)
        skill_opt.zero_grad(set_to_none=True)
        loss.backward()
        skill_opt.step()
        encoder_opt.step()
        if step % 6 == 0:
            print("pretrain", step, float(loss))


pretrain()
