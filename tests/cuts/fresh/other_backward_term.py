# expect: GA101 other-backward|unused-output: critic.weight critic.bias
import torch
from torch import nn


class A2C(nn.Module):
    def __init__(self):
        super().__init__()
        self.shared, self.actor, self.critic = nn.Linear(4, 4), nn.Linear(4, 2), nn.Linear(4, 1)

    def forward(self, s):
        h = self.shared(s).tanh()
        return self.actor(h), self.critic(h)  # CUT


net = A2C()
opt = torch.optim.Adam(net.parameters())
for _ in range(4):
    logits, v = net(torch.randn(6, 4))
    adv = torch.randn(6)
    pg = -(logits.log_softmax(-1)[:, 0] * adv).mean()
    value_loss = (v.squeeze(-1) - adv).square().mean()
    opt.zero_grad()
    pg.backward()
    opt.step()
