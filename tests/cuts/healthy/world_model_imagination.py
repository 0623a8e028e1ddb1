"""Dreamer-like: the model is trained on data, the actor through the frozen-for-now model, the states start detached."""
import torch
from torch import nn

torch.manual_seed(15)
model, actor = nn.Linear(5, 4), nn.Linear(4, 1)
value = nn.Linear(4, 1)
om = torch.optim.Adam(model.parameters(), lr=1e-2)
oa = torch.optim.Adam(actor.parameters(), lr=1e-3)
ov = torch.optim.Adam(value.parameters(), lr=1e-3)
for _ in range(6):
    s, a = torch.randn(8, 4), torch.randn(8, 1)
    predicted = model(torch.cat([s, a], 1))
    loss_m = (predicted - s.roll(1, 1)).square().mean()
    om.zero_grad()
    loss_m.backward()
    om.step()
    state, states = predicted.detach(), []
    for p in model.parameters():
        p.requires_grad_(False)
    for _ in range(3):
        state = model(torch.cat([state, torch.tanh(actor(state))], 1))
        states.append(state)
    loss_a = -value(torch.stack(states)).mean()
    oa.zero_grad()
    ov.zero_grad()
    loss_a.backward()
    oa.step()
    for p in model.parameters():
        p.requires_grad_(True)
    goal = torch.stack(states).detach()
    loss_v = (value(goal) - goal.sum(-1, keepdim=True)).square().mean()
    ov.zero_grad()
    loss_v.backward()
    ov.step()
